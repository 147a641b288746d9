import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { startShop } from '../support/shop-server.ts';

const BUILT = join(import.meta.dirname, '../../dist/console');
const FIRST_SCREEN = 'src/screens/overview/overview-screen.tsx';
const FIRST_SCREEN_BYTES_MAX = 150_000;

interface Chunk {
  file: string;
  isEntry?: boolean;
  imports?: string[];
  css?: string[];
}

const manifest = JSON.parse(readFileSync(join(BUILT, 'manifest.json'), 'utf8')) as Record<string, Chunk>;

/** Returns the files that chunks need before they can run. */
function filesOf(names: readonly string[], files = new Set<string>()): Set<string> {
  for (const name of names) {
    const { file, css = [], imports = [] } = manifest[name]!;
    if (files.has(file)) continue;
    for (const each of [file, ...css]) files.add(each);
    filesOf(imports, files);
  }
  return files;
}

test('the first screen is small', () => {
  const entry = Object.keys(manifest).find((name) => manifest[name]?.isEntry);
  const files = [...filesOf([entry!, FIRST_SCREEN])];
  const bytes = files.map((file) => gzipSync(readFileSync(join(BUILT, file)), { level: 9 }).length);
  expect(bytes.reduce((sum, each) => sum + each, 0)).toBeLessThan(FIRST_SCREEN_BYTES_MAX);
});

test('the page is never cached, and runs only its own files', async () => {
  await using shop = await startShop();
  for (const path of ['/console', '/console/', '/console/stock/A.1:b', '/console/overview?x=1']) {
    const { status, headers, text } = await shop.fetch(path);
    expect([path, status, headers.get('cache-control')]).toEqual([path, 200, 'no-store']);
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain(`default-src 'none'`);
    expect(policy).toContain(`frame-ancestors 'none'`);
    expect(policy).not.toMatch(/unsafe|data:|http|\*/);
    expect(headers.get('set-cookie')).toBeNull();
    expect(text).not.toMatch(/<style|<script(?![^>]*\ssrc=)|\son\w+=/);
  }
});

test('assets are cached for ever, and compressed', async () => {
  await using shop = await startShop();
  const { text } = await shop.fetch('/console');
  const [, script = ''] = /src="([^"]+\.js)"/.exec(text) ?? [];
  const plain = await shop.fetch(script, { headers: { 'accept-encoding': 'identity' } });
  expect(plain.headers.get('content-encoding')).toBeNull();
  const packed = await shop.fetch(script, { headers: { 'accept-encoding': 'gzip' } });
  expect(packed.headers.get('content-encoding')).toBe('gzip');
  expect(packed.text).toBe(plain.text);
  for (const { headers, status } of [plain, packed]) {
    expect([status, headers.get('cache-control')]).toEqual([200, 'public, max-age=31536000, immutable']);
    expect(headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  }
});

/** Returns the status of a GET whose path is sent unchanged: `fetch` would resolve the dots. */
const rawStatus = (url: string, path: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    get({ hostname, port, path }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    }).on('error', reject);
  });

test('no other file is served', async () => {
  await using shop = await startShop();
  for (const path of [
    '/console/assets/none.js',
    '/console/assets/..%2findex.html',
    '/console/assets/%2e%2e%2fmanifest.json',
    '/console/assets/..%2f..%2f..%2fpackage.json',
    '/console/assets/../manifest.json',
    '/console/../package.json',
    '/console/%2e%2e/metrics',
    '/consoles',
  ]) {
    expect([path, await rawStatus(shop.url, path)]).toEqual([path, 404]);
  }
});

test('only GET is accepted', async () => {
  await using shop = await startShop();
  const { status, headers } = await shop.fetch('/console', { method: 'POST' });
  expect([status, headers.get('allow')]).toEqual([405, 'GET']);
});

test('CONSOLE=off serves none of it', async () => {
  await using shop = await startShop({ CONSOLE: 'off' });
  for (const path of ['/console', '/console/stock', '/console/assets/index.js']) {
    expect((await shop.fetch(path)).status).toBe(404);
  }
});
