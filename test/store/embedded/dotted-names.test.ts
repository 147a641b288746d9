import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openEmbeddedStore } from '../../../src/store/embedded/embedded-store.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { configure, receive, transaction } from '../../support/transactions.ts';

test('accepts a dot in the name of the directory and of the shop', async () => {
  await using temp = await tempDir();
  const dir = join(temp.path, 'holdfast-1.2');
  await mkdir(dir);
  for (const status of ['applied', 'replayed']) {
    const store = await openEmbeddedStore({ dir, shop: 'shop.example' });
    const { answers } = await store.apply([transaction('supply', [configure('A'), receive('A', 3)])]);
    expect(answers).toMatchObject([{ status }]);
    await store.close();
  }
});
