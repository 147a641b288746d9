import { closeSync, cpSync, openSync, readFileSync, rmSync, statSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openEmbeddedStore } from '../../../src/store/embedded/embedded-store.ts';
import { walkPages } from '../../../src/store/embedded/files/page-walk.ts';
import { runToEnd } from '../../support/built-server.ts';
import { allLedger, allStock } from '../../support/state.ts';
import { type TempDir, tempDir } from '../../support/temp-dir.ts';
import { configure, put, receive, reserve, START, transaction } from '../../support/transactions.ts';

const PAGE_BYTES = 4_096;
const open = (dir: string) => openEmbeddedStore({ dir, shop: 'test', clock: () => START });

/** A closed shop of a few dozen pages. Some of the pages belong to one large value. */
async function smallShop(): Promise<TempDir> {
  const dir = await tempDir();
  const store = await open(dir.path);
  for (let index = 0; index < 30; index += 1) {
    await store.apply([transaction(`s${index}`, [configure(`A${index}`), receive(`A${index}`, 100)])]);
    const body = 'x'.repeat(index % 10 === 0 ? 9_000 : 300);
    await store.apply([
      transaction(`c${index}`, [reserve(`h${index}`, `A${index}`, 1), put(`cart:${index}`, 'absent', { body })]),
    ]);
  }
  await store.close();
  return dir;
}

async function contentOf(dir: string): Promise<unknown> {
  const store = await open(dir);
  try {
    return [
      await allStock(store, 100),
      await allLedger(store, null, 1_000),
      await store.scan({ kind: 'documents', cursor: null, limit: 100 }),
    ];
  } finally {
    await store.close();
  }
}

function zeroPage(file: string, page: number): void {
  const handle = openSync(file, 'r+');
  writeSync(handle, Buffer.alloc(PAGE_BYTES), 0, PAGE_BYTES, page * PAGE_BYTES);
  closeSync(handle);
}

test('a start finds each zeroed page that was in use', async () => {
  await using shop = await smallShop();
  const expected = await contentOf(shop.path);
  const pages = statSync(join(shop.path, 'data.mdb')).size / PAGE_BYTES;
  let found = 0;
  for (let page = 0; page < pages; page += 1) {
    await using copy = await tempDir();
    cpSync(shop.path, copy.path, { recursive: true });
    const file = join(copy.path, 'data.mdb');
    zeroPage(file, page);
    const refusal = await contentOf(copy.path).catch((error: unknown) => error);
    if (refusal instanceof Error) {
      expect(refusal).toMatchObject({ name: 'StoreError', fault: 'unavailable' });
      expect(refusal.message).toMatch(new RegExp(`${file} is (damaged: |not an LMDB file)[^\\n]*`));
      found += 1;
    } else {
      expect(JSON.stringify(refusal) === JSON.stringify(expected), `page ${page}`).toBe(true);
    }
  }
  expect(found).toBeGreaterThan(pages / 3);
});

test.each([
  ['half of it', (bytes: number) => Math.floor(bytes / 2)],
  ['all but one page', (bytes: number) => bytes - PAGE_BYTES],
  ['one meta page', () => PAGE_BYTES],
  ['a hundred bytes', () => 100],
  ['nothing', () => 0],
])('reports a data file of which %s is left by name, with what to do', async (_name, keep) => {
  await using shop = await smallShop();
  const file = join(shop.path, 'data.mdb');
  truncateSync(file, keep(usedBytes(file)));
  await expect(open(shop.path)).rejects.toMatchObject({ name: 'StoreError', fault: 'unavailable' });
  await expect(open(shop.path)).rejects.toThrow(file);
  await expect(open(shop.path)).rejects.toThrow('restore a backup');
});

/** Returns the bytes up to the last page in use. LMDB may leave free pages after it. */
function usedBytes(file: string): number {
  const whole = readFileSync(file);
  for (let pages = whole.length / PAGE_BYTES; ; pages -= 1) {
    truncateSync(file, (pages - 1) * PAGE_BYTES);
    try {
      walkPages(file);
    } catch {
      const handle = openSync(file, 'r+');
      writeSync(handle, whole, 0, pages * PAGE_BYTES, 0);
      closeSync(handle);
      return pages * PAGE_BYTES;
    }
  }
}

test('refuses a missing data file if the directory had a shop; without the mark, begins an empty shop', async () => {
  await using shop = await smallShop();
  rmSync(join(shop.path, 'data.mdb'));
  await expect(open(shop.path)).rejects.toThrow('is missing, and a shop was kept there: restore a backup');
  rmSync(join(shop.path, 'holdfast.shop'));
  const store = await open(shop.path);
  expect(await allStock(store, 10)).toEqual([]);
  await store.close();
});

describe('the server', () => {
  test('exits with code 3 and one line for a damaged file', async () => {
    await using shop = await smallShop();
    const file = join(shop.path, 'data.mdb');
    truncateSync(file, Math.floor(usedBytes(file) / 2));
    const { code, out, err } = await runToEnd({ DATA_DIR: shop.path, SHOP: 'test' });
    expect({ code, out }).toEqual({ code: 3, out: '' });
    expect(err).toMatch(/^holdfast: [^\n]*data\.mdb was cut short: [^\n]*restore a backup[^\n]*\n$/);
  });
});
