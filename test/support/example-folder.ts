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

const packageOf = (name: string): Promise<string> | string => {
  if (name === 'holdfast') return ROOT;
  return name === '@holdfast/client' ? builtClientPackage() : join(ROOT, 'node_modules', name);
};

/** Returns a copy of an example outside of the repository, with the packages that its manifest names. */
export async function exampleFolder(name: string): Promise<AsyncDisposable & { path: string }> {
  const source = join(ROOT, 'examples', name);
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
    devDependencies?: Record<string, string>;
  };
  const dir = await tempDir();
  await cp(source, dir.path, { recursive: true });
  for (const dependency of Object.keys({ ...dependencies, ...devDependencies })) {
    const link = join(dir.path, 'node_modules', dependency);
    await mkdir(dirname(link), { recursive: true });
    await symlink(await packageOf(dependency), link);
  }
  return dir;
}

export interface Program extends AsyncDisposable {
  readonly url: string;
}

interface ProgramOptions {
  cwd: string;
  env: Record<string, string>;
  /** Finds the URL in the line that the program prints once it listens. */
  ready: RegExp;
}

/** Starts a program, and waits for the line that says where it listens. */
export async function startProgram(command: string, args: string[], options: ProgramOptions): Promise<Program> {
  const { cwd, env, ready } = options;
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(command, args, { cwd, env: { PATH, HOME, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const watchdog = watchOver(child.pid!);
  return {
    url: await urlOf(child, ready),
    async [Symbol.asyncDispose]() {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
      watchdog.kill('SIGKILL');
    },
  };
}

function urlOf(child: ChildProcess, ready: RegExp): Promise<string> {
  const lines: string[] = [];
  return new Promise<string>((resolve, reject) => {
    const read = (line: string): void => {
      lines.push(line);
      const [, found] = ready.exec(line) ?? [];
      if (found !== undefined) resolve(found);
    };
    for (const stream of [child.stdout, child.stderr]) if (stream) createInterface(stream).on('line', read);
    child.once('exit', (code) => reject(new Error(`the program exited with ${code}:\n${lines.join('\n')}`)));
  });
}

/** Starts the program of an example in a copy of its folder. */
export async function startExample(name: string, file: string, env: Record<string, string>): Promise<Program> {
  const dir = await exampleFolder(name);
  const options = { cwd: dir.path, env: { PORT: '0', ...env }, ready: /^listening on (http\S+)$/ };
  const program = await startProgram(process.execPath, [file], options);
  return {
    ...program,
    async [Symbol.asyncDispose]() {
      await program[Symbol.asyncDispose]();
      await dir[Symbol.asyncDispose]();
    },
  };
}
