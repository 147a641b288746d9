import { expect, test } from 'vitest';
import { LedgerCursor } from '../../src/shop/audit/ledger-cursor.ts';
import { LedgerFold } from '../../src/shop/audit/ledger-fold.ts';
import { Findings } from '../../src/shop/audit/findings.ts';
import { openMemoryStore } from '../../src/store/memory/memory-store.ts';
import { configure, receive, START, transaction } from '../support/transactions.ts';

/** A full page, so that the cursor has requested the next one, which is empty. */
const PAGE = 2_000;

test('reads entries that are appended after an early request of their page', async () => {
  const store = openMemoryStore({ shop: 'main', clock: () => START });
  const findings = new Findings();
  const fold = new LedgerFold(findings);
  const cursor = new LedgerCursor(store, fold, { after: null });
  await store.apply([transaction('sku', [configure('cup')])]);
  const { sequence } = await store.apply([
    transaction(
      'page',
      Array.from({ length: PAGE }, () => receive('cup', 1)),
    ),
  ]);
  await cursor.advanceTo(sequence - 1);
  expect(fold.sku('cup').onHand).toBe(0);
  const later = await store.apply([transaction('later', [receive('cup', 5)])]);
  await cursor.advanceTo(later.sequence);
  expect(fold.sku('cup').onHand).toBe(PAGE + 5);
  expect(findings.violations).toEqual([]);
});
