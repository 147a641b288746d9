import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { cp, mkdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { builtClientPackage } from './tarballs.ts';
import { tempDir } from './temp-dir.ts';
import { watchOver } from './watchdog.ts';

const ROOT = join(import.meta.dirname, '../..');

export interface ExampleServer extends AsyncDisposable {
  readonly url: string;
  readonly output: () => string;
}

const packageOf = (name: string): Promise<string> | string => {
  if (name === 'holdfast') return ROOT;
  return name === '@holdfast/client' ? builtClientPackage() : join(ROOT, 'node_modules', name);
};

/** Returns a copy of an example outside of the repository, with the packages that its manifest names. */
export async function exampleFolder(name: string): Promise<AsyncDisposable & { path: string }> {
  const source = join(ROOT, 'examples', name);
  const { dependencies } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const dir = await tempDir();
  await cp(source, dir.path, { recursive: true });
  for (const dependency of Object.keys(dependencies)) {
    const link = join(dir.path, 'node_modules', dependency);
    await mkdir(dirname(link), { recursive: true });
    await symlink(await packageOf(dependency), link);
  }
  return dir;
}

/** Starts the program of an example, and waits for its line "listening on URL". */
export async function startExample(name: string, file: string, env: Record<string, string>): Promise<ExampleServer> {
  const dir = await exampleFolder(name);
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [file], {
    cwd: dir.path,
    env: { PATH, HOME, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const watchdog = watchOver(child.pid!);
  const { url, output } = follow(child);
  return {
    url: await url,
    output,
    async [Symbol.asyncDispose]() {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
      watchdog.kill('SIGKILL');
      await dir[Symbol.asyncDispose]();
    },
  };
}

function follow(child: ChildProcess): { url: Promise<string>; output: () => string } {
  const lines: string[] = [];
  const url = new Promise<string>((resolve, reject) => {
    const read = (line: string): void => {
      lines.push(line);
      const [, found] = /^listening on (http\S+)$/.exec(line) ?? [];
      if (found !== undefined) resolve(found);
    };
    for (const stream of [child.stdout, child.stderr]) if (stream) createInterface(stream).on('line', read);
    child.once('exit', (code) => reject(new Error(`the example exited with ${code}:\n${lines.join('\n')}`)));
  });
  return { url, output: () => lines.join('\n') };
}
