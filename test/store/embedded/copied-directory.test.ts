import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openEmbeddedStore } from '../../../src/store/embedded/embedded-store.ts';
import { allStock } from '../../support/state.ts';
import { startStoreProcess } from '../../support/store-process.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { configure, START, transaction } from '../../support/transactions.ts';

const openAt = (dir: string, takeOver = false) =>
  openEmbeddedStore({ dir, shop: 'test', clock: () => START, takeOver });

test('refuses a copy that was made while the shop was open, and adopts it on request', async () => {
  await using home = await tempDir();
  const [data, copy] = [join(home.path, 'data'), join(home.path, 'copy')];
  const store = await openAt(data);
  await store.apply([transaction('a', [configure('A')])]);
  cpSync(data, copy, { recursive: true });
  await expect(openAt(copy)).rejects.toMatchObject({ fault: 'unavailable' });
  await expect(openAt(copy)).rejects.toThrow('is a copy of a data directory that was in use');
  await store.close();
  const taken = await openAt(copy, true);
  expect(await allStock(taken, 10)).toMatchObject([{ sku: 'A' }]);
  expect((await taken.health()).details['epoch']).toBeGreaterThan(0);
  await taken.close();
  await (await openAt(copy)).close();
});

test('refuses a copy of only the data file that was made while the shop was open', async () => {
  await using home = await tempDir();
  const [data, copy] = [join(home.path, 'data'), join(home.path, 'copy')];
  const store = await openAt(data);
  await store.apply([transaction('a', [configure('A')])]);
  mkdirSync(copy);
  cpSync(join(data, 'data.mdb'), join(copy, 'data.mdb'));
  await expect(openAt(copy)).rejects.toThrow('is a copy of a data directory that was in use');
  await store.close();
  // The copy replaces the file of another shop that was closed normally.
  const other = join(home.path, 'other');
  await (await openAt(other)).close();
  cpSync(join(copy, 'data.mdb'), join(other, 'data.mdb'));
  await expect(openAt(other)).rejects.toThrow('is a copy of a data directory that was in use');
});

test('opens a copy that was made after a normal close, and the original after kill -9', async () => {
  await using home = await tempDir();
  const [data, copy] = [join(home.path, 'data'), join(home.path, 'copy')];
  const store = await openAt(data);
  await store.apply([transaction('a', [configure('A')])]);
  await store.close();
  cpSync(data, copy, { recursive: true });
  const copied = await openAt(copy);
  expect(await allStock(copied, 10)).toMatchObject([{ sku: 'A' }]);
  await copied.close();
  for (let round = 0; round < 2; round += 1) {
    await using child = await startStoreProcess(data, { now: START });
    await child.store.apply([transaction(`b${round}`, [configure(`B${round}`)])]);
    await child.kill9();
  }
  const again = await openAt(data);
  expect(await allStock(again, 10)).toMatchObject([{ sku: 'A' }, { sku: 'B0' }, { sku: 'B1' }]);
  await again.close();
});
