import { expect, test } from 'vitest';
import { openEmbeddedStore } from '../../../src/store/embedded/embedded-store.ts';
import { walkPages } from '../../../src/store/embedded/files/page-walk.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { put, transaction } from '../../support/transactions.ts';

test('a backup copy with values on overflow pages is sound', async () => {
  await using home = await tempDir();
  const store = await openEmbeddedStore({ dir: home.path, shop: 'main' });
  for (const [index, bytes] of [3_000, 9_000, 200_000].entries()) {
    const large = put(`cart:${index}`, 'absent', { body: 'x'.repeat(bytes) });
    const { answers } = await store.apply([transaction(`large-${index}`, [large])]);
    expect(answers).toMatchObject([{ status: 'applied' }]);
  }
  {
    await using copy = await store.backup();
    expect(walkPages(copy.file).entries).toBeGreaterThan(3);
  }
  await store.close();
});
