import { runCli } from '../../src/cli/cli.ts';
import { poll } from './poll.ts';
import { OPERATOR_KEY, type ServerProcess } from './server-process.ts';

const SLOW = { timeoutMs: 30_000 };

/** What a frozen server names in `/health/ready`. */
export interface NamedLoss {
  count: number;
  first: number;
  last: number;
  /** The sequence that an operator has to name. */
  kept: number;
}

const LINE = /lost writes of shop \S+: (\d+) acknowledged writes, sequences (\d+) to (\d+), .*recover --accept (\d+)/;

async function reasons({ url }: ServerProcess): Promise<string> {
  return (await fetch(`${url}/health/ready`)).text();
}

/** Resolves with the loss that freezes the server, as soon as there is one that left more than `after`. */
export function frozenBy(server: ServerProcess, after = 0): Promise<NamedLoss> {
  return poll(async () => {
    const [, count = 0, first = 0, last = 0, kept = 0] = (LINE.exec(await reasons(server)) ?? []).map(Number);
    return kept > after && { count, first, last, kept };
  }, SLOW);
}

export const isServing = (server: ServerProcess) =>
  poll(async () => (await fetch(`${server.url}/health/ready`)).status === 200, SLOW);

/** The number of lost writes that this process has found since its start. */
export async function lostWritesOf({ url }: ServerProcess): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(/^holdfast_store_lost_sequences_total (\d+)$/m.exec(metrics)?.[1]);
}

/** Runs `holdfast recover --accept`. Resolves with its exit code. */
export function acceptLoss({ url }: ServerProcess, kept: number): Promise<number> {
  const out = () => undefined;
  const env = { HOLDFAST_URL: url, OPERATOR_KEY };
  return runCli({ args: ['recover', '--accept', String(kept)], env, out, err: out });
}
