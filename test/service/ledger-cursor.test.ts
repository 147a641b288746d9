import { expect, test } from 'vitest';
import { LedgerCursor } from '../../src/shop/audit/ledger-cursor.ts';
import { LedgerFold } from '../../src/shop/audit/ledger-fold.ts';
import { Findings } from '../../src/shop/audit/findings.ts';
import { MemoryStore } from '../../src/store/memory/memory-store.ts';
import { configure, receive, START, transaction } from '../support/transactions.ts';

/** As many as the cursor reads at once, so that it has asked for the page behind them, which is empty. */
const PAGE = 2_000;

test('a page that was asked for too early does not hide what came after it', async () => {
  const store = new MemoryStore('main', () => START);
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
