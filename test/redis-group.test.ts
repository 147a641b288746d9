import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { poll } from './support/poll.ts';
import { redisBinary } from './support/redis-binary.ts';
import type { RedisGroup } from './support/redis-group.ts';

const PROGRAM = fileURLToPath(new URL('../scripts/lib/redis-sentinel.js', import.meta.url));

/** Starts the program of `scripts/redis-sentinel` by `command`, and returns its servers. */
async function startBy(
  command: string,
  ...args: string[]
): Promise<{ child: ChildProcess; nodes: RedisGroup['nodes'] }> {
  const env = { ...process.env, HOLDFAST_REDIS_SERVER: redisBinary() };
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], env });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, nodes: (JSON.parse(line.toString()) as RedisGroup).nodes };
}

const isRunning = ({ pid }: { pid: number }): boolean => existsSync(`/proc/${pid}`);

test.concurrent.each([
  ['its parent ends', 'sh', ['-c', `${process.execPath} ${PROGRAM} --json & wait`], 'SIGKILL'],
  ['it is killed', process.execPath, [PROGRAM, '--json'], 'SIGKILL'],
  ['it is interrupted', process.execPath, [PROGRAM, '--json'], 'SIGINT'],
] as const)('a private group of servers ends when %s', async (_, command, args, signal) => {
  const { child, nodes } = await startBy(command, ...args);
  expect(nodes.map(({ role }) => role)).toEqual(['master', 'replica', 'sentinel', 'sentinel', 'sentinel']);
  expect(nodes.every(isRunning)).toBe(true);
  child.kill(signal);
  await poll(async () => !nodes.some(isRunning), { timeoutMs: 20_000 });
});
