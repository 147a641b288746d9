import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { redisBinary } from '../../test/support/redis-binary.ts';

const run = promisify(execFile);
const TIMEOUT_MS = 60_000;

/** The one that `scripts/bench` found, else the one beside the server, else the one on the PATH. */
export function redisBenchmarkBinary(): string {
  const named = process.env['HOLDFAST_REDIS_BENCHMARK'];
  if (named) return named;
  const beside = join(dirname(redisBinary()), 'redis-benchmark');
  return existsSync(beside) ? beside : 'redis-benchmark';
}

export interface Load {
  socketPath: string;
  clients: number;
  pipeline: number;
  requests: number;
  /** Without double quotes. `__rand_int__` in it is replaced by a number from 0 to 2^31 - 1, a new one each time. */
  command: readonly string[];
}

const RANDOM_BELOW = 2_147_483_647;

/** Requests per second as redis-benchmark reports them, without its startup. */
export async function redisBenchmark({ socketPath, clients, pipeline, requests, command }: Load): Promise<number> {
  const options = { s: socketPath, c: clients, P: pipeline, n: requests, r: RANDOM_BELOW };
  const flags = Object.entries(options).flatMap(([name, value]) => [`-${name}`, String(value)]);
  const { stdout } = await run(redisBenchmarkBinary(), [...flags, '--csv', ...command], { timeout: TIMEOUT_MS });
  // The last line is "<command>","<requests a second>","<average latency>",...
  const figure = Number(stdout.trim().split('\n').at(-1)?.split('","')[1]);
  if (!(figure > 0)) throw new Error(`redis-benchmark said:\n${stdout.slice(-500)}`);
  return figure;
}
