import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { expect, test, vi } from 'vitest';
import { CONFIG_SCHEMA } from '../../src/server/settings/settings-table.ts';
import { runCli } from '../../src/cli/cli.ts';
import { addSettingFlags, configOf } from '../../src/cli/serve/setting-flags.ts';
import { startServerProcess } from '../support/server-process.ts';
import { tempDir } from '../support/temp-dir.ts';

// Each test starts a process.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const FILE = { SESSION_SECRET_FILE: '/dev/null' };
const BIN = join(import.meta.dirname, '../../dist/cli/bin.js');

/** Runs a command line in this process. */
async function run(args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await runCli({ args, env: {}, out: (text) => void out.push(text), err: (text) => void err.push(text) });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

/** Runs `holdfast serve`, which must not start. */
const refused = (args: string[], env: Record<string, string> = {}): Promise<{ code: number; err: string }> =>
  new Promise((resolve) => {
    const options = { env: { PATH: process.env['PATH'] ?? '', ...env } };
    execFile(process.execPath, [BIN, 'serve', ...args], options, (error, _out, err) =>
      resolve({ code: Number(error?.code ?? 0), err }),
    );
  });

test('--help has a flag for every setting, with what it accepts and its default', async () => {
  const { code, out: help } = await run(['serve', '--help']);
  expect(code).toBe(0);
  const words = help.replaceAll(/\s+/g, ' ');
  for (const name of Object.keys(CONFIG_SCHEMA.shape)) {
    const flag = `--${name.toLowerCase().replaceAll('_', '-')}`;
    expect(words).toMatch(new RegExp(` ${flag} <(?:n|value)> \\w[^<]*default: `));
  }
  expect(words).toContain(
    '--port <n> the port of the API; 0: a free one (a whole number from 0 to 65535; default: 3000)',
  );
  expect(words).toMatch(/--session-secret <value> [^<]* or --session-secret-file <path>/);
  expect(help).toContain('Exit codes: 0 ended by a signal');
});

test('a flag wins over its variable, a secret can come from a file, and a used port is exit 3', async () => {
  await using dir = await tempDir();
  const [data, secret] = [join(dir.path, 'data'), join(dir.path, 'key')];
  mkdirSync(data);
  writeFileSync(secret, 'operator-key-of-the-file\n');
  const env = { DATA_DIR: join(dir.path, 'elsewhere'), SHOP: 'other', OPERATOR_KEY: 'operator-key-of-the-environment' };
  const args = ['serve', '--data-dir', data, '--shop=flagged', '--operator-key-file', secret];
  await using server = await startServerProcess(env, { main: BIN, args });
  expect(server.output()).toContain('"shop":"flagged"');
  const status = async (key: string): Promise<number> =>
    (await fetch(`${server.url}/api/v1/keys/whoami`, { headers: { authorization: `Bearer ${key}` } })).status;
  expect(await status('operator-key-of-the-file')).toBe(200);
  expect(await status('operator-key-of-the-environment')).toBe(403);
  const { code, err } = await refused(['--port', new URL(server.url).port, '--data-dir', join(dir.path, 'second')]);
  expect({ code, err }).toEqual({
    code: 3,
    err: expect.stringMatching(/^holdfast: cannot listen, see HOST and PORT: [^\n]*EADDRINUSE[^\n]*\n$/m),
  });
  expect(await server.stop()).toBe(0);
});

const configWith = (args: readonly string[], env: Record<string, string>): string => {
  const command = new Command();
  addSettingFlags(command);
  command.parse(args, { from: 'user' });
  try {
    configOf(command, env);
    return 'accepted';
  } catch (error) {
    return (error as Error).message;
  }
};

test.each([
  ['a bad value of a flag', ['--port', '3000x'], {}, '--port must be a whole number from 0 to 65535'],
  ['a bad value of a variable', [], { PORT: 'x' }, 'PORT must be a whole number from 0 to 65535'],
  ['a good flag beside a bad variable', ['--port', '0'], { PORT: 'x' }, 'accepted'],
  [
    'flags and variables that contradict each other',
    ['--health-port', '3000'],
    { PORT: '3000' },
    '--health-port must be another port than PORT, which is 3000 as well',
  ],
  [
    'a secret in a flag and in a file',
    ['--session-secret', 's'.repeat(32), '--session-secret-file', '/dev/null'],
    {},
    '--session-secret-file cannot be combined with --session-secret',
  ],
  ['a secret in a flag, and a file in the environment', ['--session-secret', 's'.repeat(32)], FILE, 'accepted'],
  [
    'a secret in both variables',
    [],
    { ...FILE, SESSION_SECRET: 's' },
    'SESSION_SECRET_FILE cannot be combined with SESSION_SECRET',
  ],
  [
    'a file that is missing',
    ['--session-secret-file', '/nowhere/key'],
    {},
    '--session-secret-file must be the path of a readable file, and /nowhere/key cannot be read: ENOENT',
  ],
  ['an empty file', [], FILE, 'SESSION_SECRET_FILE must be the path of a file with the value, and /dev/null is empty'],
] as [string, string[], Record<string, string>, string][])('%s: %s', (_, args, env, line) => {
  expect(configWith(args, env).split('; ')[0]).toBe(line);
});

test.each([
  ['an unknown flag', ['--prot', '3000'], /^holdfast: unknown option '--prot'\n\(Did you mean --port\?\)\nAdd --help/],
  ['a flag without a value', ['--port'], /^holdfast: option '--port <n>' argument missing/],
  ['an argument', ['here'], /^holdfast: too many arguments for 'serve'/],
  ['an option of a client', ['--url', 'http://127.0.0.1:3000'], /^holdfast: serve does not accept --url/],
  ['--json', ['--json'], /^holdfast: serve does not accept --json/],
] as [string, string[], RegExp][])('%s is refused with exit 2', async (_, args, line) => {
  const { code, err } = await run(['serve', ...args]);
  expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(line) });
});

test('settings that production refuses are one line each, and exit 2', async () => {
  const { code, err } = await refused(['--node-env', 'production', '--cors-origins', '*']);
  expect(code).toBe(2);
  const lines = err.trimEnd().split('\n');
  expect(lines.map((line) => /^holdfast: (\S+) /.exec(line)?.[1])).toEqual([
    'OPERATOR_KEY',
    'SESSION_SECRET',
    'CHECKOUT_PLACE',
    '--cors-origins',
  ]);
});
