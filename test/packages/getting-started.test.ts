import { readFileSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { packBoth, type Ran, run } from '../support/tarballs.ts';
import { type TempDir, tempDir } from '../support/temp-dir.ts';

const ROOT = join(import.meta.dirname, '../..');
const COMMANDS_MAX = 11;
/** A page takes seconds. A busy machine without a cache of packages takes minutes. */
const PAGE_MS_MAX = 400_000;

let dir: TempDir;
let folder: string;
let installed: Ran;

/** A folder with nothing of the repository but what the tarballs have. */
beforeAll(async () => {
  dir = await tempDir();
  folder = join(dir.path, 'shop');
  await mkdir(folder);
  const { holdfast, client } = await packBoth(join(dir.path, 'packed'));
  // TypeScript is a peer of tRPC, is large, and is not run here.
  const options = ['--prefer-offline', '--omit=peer', '--no-audit', '--no-fund', '--loglevel=error'];
  installed = await inFolder(['npm', 'i', ...options, holdfast, client].join(' '), {});
}, 900_000);
afterAll(() => dir[Symbol.asyncDispose]());

const inFolder = (script: string, env: Record<string, string>): Promise<Ran> => {
  const { PATH = '', HOME = dir.path } = process.env;
  return run('bash', ['-c', script], { cwd: folder, timeoutMs: PAGE_MS_MAX, env: { PATH, HOME, ...env } });
};

/** The commands of a page in their order, and the files that the reader saves. */
function readPage(name: string): { commands: string[]; files: [name: string, text: string][] } {
  const page = readFileSync(join(ROOT, name), 'utf8');
  const blocks = [...page.matchAll(/(?:Save as `([\w.-]+)`:\n\n)?```(\w+)\n([^]*?)```/g)];
  return {
    commands: blocks.flatMap(([, , language, text = '']) =>
      language === 'console' ? [...text.matchAll(/^\$ ((?:.*\\\n)*.*)$/gm)].map(([, command = '']) => command) : [],
    ),
    files: blocks.flatMap(([, file, , text = '']) => (file === undefined ? [] : [[file, text]])),
  };
}

/** Starts the server of a command, and waits for the line of its log that a reader would wait for. */
const started = (command: string): string[] => [
  `${command.replace(/ &$/, '')} >server.log 2>&1 &`,
  `for _ in $(seq 600); do grep -q '"listening"\\|Ctrl-C' server.log && break; sleep 0.1; done`,
];

/** Runs the commands of a page after the first one, which installs the packages. */
async function follow(name: string): Promise<Ran & { count: number }> {
  const { commands, files } = readPage(name);
  expect(commands[0]).toMatch(/^npm (?:i|install) holdfast @holdfast\/client$/);
  const port = String(await freePort());
  const isServer = (command: string): boolean => /holdfast (?:dev|serve)/.test(command);
  const lines = commands.slice(1).flatMap((command) => (isServer(command) ? started(command) : [command]));
  // What npx finds in the folder, without npm's second to start.
  const npx = 'npx() { PATH="$PWD/node_modules/.bin:$PATH" "$@"; }';
  for (const [file, text] of files) await writeFile(join(folder, file), text.replaceAll('3000', port));
  const script = ['set -euo pipefail', npx, ...lines].join('\n').replaceAll('3000', port);
  return { ...(await inFolder(script, { PORT: port })), count: commands.length };
}

test('both packages install into an empty folder', () => {
  expect(installed.code, installed.err).toBe(0);
});

test('a reader of the README sells units by curl, by the client and by the handler', async () => {
  const { code, out, err, count } = await follow('README.md');
  expect(code, `${out}${err}`).toBe(0);
  expect(count).toBeLessThanOrEqual(COMMANDS_MAX);
  expect(out.match(/"?status"?: ?["']placed["']/g)).toHaveLength(2);
  expect(out).toMatch(/^bought with ord_/m);
  expect([...out.matchAll(/"status":"(\w+)","createdAt"/g)].map(([, status]) => status)).toEqual(
    expect.arrayContaining(['committed', 'partially_fulfilled', 'fulfilled']),
  );
}, 500_000);

test('a reader of getting-started.md sells units of a server that keeps its data', async () => {
  const { code, out, err, count } = await follow('docs/getting-started.md');
  expect(code, `${out}${err}`).toBe(0);
  expect(count).toBeLessThanOrEqual(COMMANDS_MAX);
  expect(out).toMatch(/"status":"placed"/);
  expect(out).toMatch(/^sold by the client: ord_/m);
  expect(out).toMatch(/^sold by the handler: ord_/m);
  expect(await readdir(folder)).toEqual(expect.arrayContaining(['data', 'data-in-process']));
}, 500_000);

test('the package has all that its README links', async () => {
  const readme = readFileSync(join(folder, 'node_modules/holdfast/README.md'), 'utf8');
  const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link = '']) => link);
  expect(links.length).toBeGreaterThan(10);
  const files = await readdir(join(folder, 'node_modules/holdfast'), { recursive: true });
  expect(links.filter((link) => !files.includes(link))).toEqual([]);
  const byproducts = files.filter((file) => /\.map$|buildinfo|build-stamp/.test(file));
  expect(byproducts).toEqual([]);
});

test('the native modules of a consumer are those of the repository', () => {
  const versionIn = (root: string, name: string): string =>
    (JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')) as { version: string }).version;
  for (const name of ['lmdb', 'msgpackr-extract']) expect(versionIn(folder, name)).toBe(versionIn(ROOT, name));
});
