/**
 * A run chooses a seed and prints it when it fails. `HOLDFAST_SEED`, `HOLDFAST_PATH` and, for commands,
 * `HOLDFAST_REPLAY` with the printed values replay only the failing case.
 */
export function replayable(): { seed: number; path?: string; endOnFailure?: boolean } {
  const { HOLDFAST_SEED: seed, HOLDFAST_PATH: path } = process.env;
  return {
    seed: seed === undefined ? Date.now() % 2 ** 31 : Number(seed),
    ...(path === undefined ? {} : { path, endOnFailure: true }),
  };
}

export function replayPath(): { replayPath?: string } {
  const { HOLDFAST_REPLAY: path } = process.env;
  return path === undefined ? {} : { replayPath: path };
}
