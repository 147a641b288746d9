/**
 * A run draws its own seed and prints it when it fails. `HOLDFAST_SEED` and `HOLDFAST_PATH` from that print replay the
 * failing case alone; `HOLDFAST_REPLAY` its commands.
 */
export function replayable(): { seed: number; path?: string; endOnFailure?: boolean } {
  const { HOLDFAST_SEED: seed, HOLDFAST_PATH: path } = process.env;
  return {
    seed: seed === undefined ? Date.now() % 2 ** 31 : Number(seed),
    ...(path === undefined ? {} : { path, endOnFailure: true }),
  };
}
