import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { RECORD_FORMAT, RECORD_FORMAT_MIN } from '../../../src/store/record-format.ts';
import { openEmbeddedStore } from '../../../src/store/embedded/embedded-store.ts';
import { openRows } from '../../../src/store/embedded/files/environment.ts';
import { configure, transaction } from '../../support/transactions.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { openShop } from './shops.ts';

const CHILD = join(import.meta.dirname, 'full-disk-child.js');

test('refuses a directory that cannot be created, and names it', async () => {
  await using dir = await tempDir();
  const file = join(dir.path, 'file');
  writeFileSync(file, '');
  for (const impossible of [file, join(file, 'below')]) {
    const opening = openEmbeddedStore({ dir: impossible, shop: 'test' });
    await expect(opening).rejects.toMatchObject({ name: 'StoreError', fault: 'unavailable' });
    await expect(opening).rejects.toThrow(`the data directory ${impossible} cannot be used: E`);
  }
});

test.each([
  ['data.mdb', 'not a database'.repeat(1_000)],
  ['data.mdb', 'short'],
  ['holdfast.lock', 'another program wrote 4321 here, which is more than 32 bytes'],
])('refuses a %s that is not an LMDB file, and releases the directory', async (name, text) => {
  await using dir = await tempDir();
  writeFileSync(join(dir.path, name), text);
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const opening = openEmbeddedStore({ dir: dir.path, shop: 'test' });
    await expect(opening).rejects.toMatchObject({ fault: 'unavailable' });
    await expect(opening).rejects.toThrow(`${name} is not an LMDB file`);
  }
  rmSync(join(dir.path, name));
  const store = await openEmbeddedStore({ dir: dir.path, shop: 'test' });
  await store.close();
});

test('refuses the directory of another shop', async () => {
  await using shop = await openShop();
  await shop.store.apply([transaction('a', [configure('A')])]);
  await shop.store.close();
  const other = openEmbeddedStore({ dir: shop.dir, shop: 'other' });
  await expect(other).rejects.toMatchObject({ fault: 'unavailable' });
  await expect(other).rejects.toThrow('belongs to the shop test, not other');
});

test.each([
  [RECORD_FORMAT + 1, 'a newer version of Holdfast wrote it: start that version'],
  [RECORD_FORMAT_MIN - 1, 'an older version of Holdfast wrote it: export the stock with that version'],
])('refuses data of format %i at open, and names the format', async (format, remedy) => {
  await using shop = await openShop();
  const reopening = shop.reopen((root) => {
    const meta = openRows<string>(root, 'meta');
    expect(meta.get('shop')).toEqual([RECORD_FORMAT, 'test']);
    root.transactionSync(() => meta.put('shop', [format, 'test']));
  });
  await expect(reopening).rejects.toMatchObject({ fault: 'unavailable' });
  await expect(reopening).rejects.toThrow(
    `has data of format ${format}, and this version reads format ${RECORD_FORMAT}`,
  );
  await expect(reopening).rejects.toThrow(remedy);
});

/** A process with a limit on the size of files. For a database, that is like a full disk. */
test('on a full disk, refuses batches, keeps all data, answers reads, and closes', async () => {
  await using dir = await tempDir();
  const script = `ulimit -f ${process.platform === 'linux' ? 3_000 : 6_000}; exec "$0" "$@"`;
  const child = spawn('bash', ['-c', script, process.execPath, CHILD, dir.path], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  expect(await once(child, 'close')).toEqual([0, null]);
  const { acknowledged, refused, fault, message, sequence, afterwards } = JSON.parse(output);
  expect(acknowledged).toBeGreaterThan(3);
  expect({ refused, fault }).toEqual({ refused: 3, fault: 'unavailable' });
  expect(message).toContain('the disk refused a commit');
  expect(sequence).toBe(acknowledged);
  expect(afterwards).toBe('applied');

  const store = await openEmbeddedStore({ dir: dir.path, shop: 'test' });
  const [snapshot] = await store.read([{}]);
  expect(snapshot?.sequence).toBe(acknowledged + 1);
  const again = await store.apply([transaction('again', [configure('Z')])]);
  expect(again.answers).toMatchObject([{ status: 'applied', sequence: acknowledged + 2 }]);
  await store.close();
});
