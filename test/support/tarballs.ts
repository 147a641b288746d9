import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { watchOver } from './watchdog.ts';

const ROOT = join(import.meta.dirname, '../..');
/** Packing compiles the types of the client, which takes a busy machine a minute. */
const PACK_MS_MAX = 400_000;

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

interface RunOptions {
  cwd: string;
  timeoutMs: number;
  env?: Record<string, string>;
}

/** Runs a program to its end. What it has started and left running is killed then, and all of it after the timeout. */
export async function run(command: string, args: readonly string[], options: RunOptions): Promise<Ran> {
  const { cwd, timeoutMs, env } = options;
  const child = spawn(command, args, {
    cwd,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: env ?? process.env,
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const group = -child.pid!;
  const watchdog = watchOver(group);
  const killGroup = (): void => {
    // Without a process left, there is nothing to end.
    spawnSync('kill', ['-9', '--', String(group)], { stdio: 'ignore' });
  };
  const timer = setTimeout(() => {
    err += `\nended after ${timeoutMs} ms`;
    killGroup();
  }, timeoutMs);
  // A process that it has left running keeps its output open, so that the output closes later.
  const closed = once(child, 'close');
  const [code] = (await once(child, 'exit')) as [number | null];
  clearTimeout(timer);
  killGroup();
  await closed;
  watchdog.kill('SIGKILL');
  return { code, out, err };
}

/** Builds the folder of @holdfast/client if it is not current, and returns its path. */
export async function builtClientPackage(): Promise<string> {
  const script = join(ROOT, 'scripts/packages/build-client.js');
  const { code, err } = await run(process.execPath, [script], { cwd: ROOT, timeoutMs: PACK_MS_MAX });
  if (code !== 0) throw new Error(`the package of the client was not built:\n${err}`);
  return join(ROOT, 'node_modules/.cache/holdfast/client-package');
}

/** Packs both packages into the folder. Returns the paths of the tarballs. */
export async function packBoth(folder: string): Promise<{ holdfast: string; client: string }> {
  const script = join(ROOT, 'scripts/packages/pack.js');
  const { code, err } = await run(process.execPath, [script, folder], { cwd: ROOT, timeoutMs: PACK_MS_MAX });
  if (code !== 0) throw new Error(`packing failed:\n${err}`);
  const files = await readdir(folder);
  const named = (start: RegExp): string => join(folder, files.find((file) => start.test(file))!);
  return { holdfast: named(/^holdfast-\d/), client: named(/^holdfast-client-/) };
}
