import { readFileSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packBoth, run } from '../support/tarballs.ts';
import { tempDir } from '../support/temp-dir.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/getting-started.md'), 'utf8');
const COMMANDS_MAX = 10;
/** The page takes seconds. A busy machine without a cache of packages takes minutes. */
const PAGE_MS_MAX = 400_000;

/** The commands of the page in their order, each with the files that the reader has saved before. */
interface Step {
  command: string;
  files: [name: string, text: string][];
}

function stepsOf(page: string): Step[] {
  const steps: Step[] = [];
  let files: Step['files'] = [];
  for (const [, name, language, text = ''] of page.matchAll(/(?:Save as `([\w.-]+)`:\n\n)?```(\w+)\n([^]*?)```/g)) {
    if (name !== undefined) files.push([name, text]);
    if (language !== 'console') continue;
    for (const [, command = ''] of text.matchAll(/^\$ (.+)$/gm)) {
      steps.push({ command, files });
      files = [];
    }
  }
  return steps;
}

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return String(port);
}

/** A reader waits for the server. A server that has failed is found by the next command. */
const WAIT = 'for _ in $(seq 400); do curl -sf $HOLDFAST_URL/health/ready >/dev/null && break; sleep 0.1; done';

/** Returns a script of the commands that installs the tarballs instead of published packages. */
function scriptOf(steps: readonly Step[], tarballs: readonly string[]): string {
  const lines = steps.flatMap(({ command }) => {
    if (command === 'npm i holdfast @holdfast/client') {
      return [`npm i --prefer-offline --no-audit --no-fund --loglevel error ${tarballs.join(' ')}`];
    }
    return command.endsWith('&') ? [command, WAIT] : [command];
  });
  // What npx finds in the folder, without npm's second to start.
  return ['set -euo pipefail', 'npx() { PATH="$PWD/node_modules/.bin:$PATH" "$@"; }', ...lines].join('\n');
}

test('a reader of getting-started.md sells units over REST, by the client and in process', async () => {
  await using dir = await tempDir();
  const [packed, folder] = [join(dir.path, 'packed'), join(dir.path, 'shop')];
  await mkdir(folder);
  const tarballs = await packBoth(packed);
  const steps = stepsOf(PAGE);
  expect(steps.length).toBeLessThanOrEqual(COMMANDS_MAX);
  for (const [name, text] of steps.flatMap(({ files }) => files)) await writeFile(join(folder, name), text);

  const port = await freePort();
  const script = scriptOf(steps, [tarballs.holdfast, tarballs.client]).replaceAll('3000', port);
  const env = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? dir.path };
  const { code, out, err } = await run('bash', ['-c', script], { cwd: folder, timeoutMs: PAGE_MS_MAX, env });

  expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(/"status":"placed"/);
  expect(out).toMatch(/^sold by the client: ord_/m);
  expect(out).toMatch(/^sold by the handler: ord_/m);
  expect(out).toMatch(/audit/i);
  expect(await readdir(folder)).toEqual(expect.arrayContaining(['data', 'data-in-process']));
}, 900_000);
