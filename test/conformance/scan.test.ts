import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ScanKind, ScanPage, Store } from '../../src/store/store.ts';
import { storeEngines } from '../support/engines.ts';
import { configure, drop, put, receive, release, reserve, START, transaction } from '../support/transactions.ts';

const RECORDS = 700;
const KINDS: ScanKind[] = ['stock', 'holds', 'documents'];

const name = (index: number): string => `n${String(index).padStart(4, '0')}`;
const keysOf = ({ stock, holds, documents }: ScanPage): string[] => [
  ...stock.map(({ sku }) => sku),
  ...holds.map(({ holdId }) => holdId),
  ...documents.map(({ key }) => key),
];

const make = (index: number) => [
  configure(name(index)),
  receive(name(index), 2),
  reserve(name(index), name(index), 1),
  put(name(index), 'any', { body: name(index), holds: [name(index)] }),
];
const end = (index: number) => [release(name(index)), drop(name(index), 'present')];

async function fill(store: Store): Promise<void> {
  const all = Array.from({ length: RECORDS }, (_, index) => make(index));
  await store.apply([transaction('fill', all.flat())]);
}

describe.each(storeEngines)('$name scans', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  test.each(KINDS)(
    '%s: a scan finds every record that exists throughout, whatever is added and removed between pages',
    async (kind) => {
      await using opened = await engine.open({ now: START });
      const { store } = opened;
      await fill(store);
      const seen = new Set<string>();
      let [cursor, pages, sequence]: [string | null, number, number] = [null, 0, 0];
      do {
        const page: ScanPage = await store.scan({ kind, cursor, limit: 40 });
        for (const key of keysOf(page)) seen.add(key);
        expect(page.sequence).toBeGreaterThanOrEqual(sequence);
        expect(page.undecodable).toEqual([]);
        // A SKU is never dropped.
        expect(page.total).toBe(kind === 'stock' ? RECORDS + 2 * pages : RECORDS);
        [cursor, sequence] = [page.next, page.sequence];
        // Before the next page one of the first and one of the last is dropped, and two new ones are added.
        const goes = [...end(pages), ...end(RECORDS - 1 - pages)];
        await store.apply([transaction(`p${pages}`, [...goes, ...make(RECORDS + pages), ...make(5_000 + pages)])]);
        pages += 1;
      } while (cursor !== null);
      expect(pages).toBeGreaterThan(1);
      const stayed = Array.from({ length: RECORDS - 2 * pages }, (_, index) => name(index + pages));
      expect(stayed.filter((key) => !seen.has(key))).toEqual([]);
    },
  );

  test('a page reports the sequence at which it was read, and has only records of its kind', async () => {
    await using opened = await engine.open({ now: START });
    const { store } = opened;
    await fill(store);
    for (const kind of KINDS) {
      const page = await store.scan({ kind, cursor: null, limit: 5_000 });
      expect(page.sequence).toBe(1);
      expect({ stock: page.stock.length, holds: page.holds.length, documents: page.documents.length }).toEqual({
        stock: 0,
        holds: 0,
        documents: 0,
        [kind]: keysOf(page).length,
      });
      expect(keysOf(page).length).toBeGreaterThan(0);
    }
  });
});
