import { describe, expect, test } from 'vitest';
import { BatcherClosed, Overloaded, QueueTimeout } from '../../src/actor/batcher-errors.ts';
import { openMemoryStore } from '../../src/store/memory/memory-store.ts';
import { StoreError } from '../../src/store/store.ts';
import { newestDocuments } from '../../src/transact/documents/document-pages.ts';
import { documentIn, putDocument } from '../../src/transact/documents/json-document.ts';
import { asStoreError } from '../../src/transact/store-errors.ts';
import { no, yes } from '../support/shop.ts';
import { put, START, transaction } from '../support/transactions.ts';

const open = () => openMemoryStore({ shop: 'main', clock: () => START });

describe('pages of documents', () => {
  const isKey = (key: string): boolean => key.startsWith('order:');
  const order = (nth: number, list: 'placed' | 'cancelled') => put(`order:${nth}`, 'absent', { body: `${nth}`, list });

  async function pages() {
    const store = open();
    await store.apply([
      transaction('t', [
        ...[1, 3, 5].map((nth) => order(nth, 'placed')),
        ...[2, 4].map((nth) => order(nth, 'cancelled')),
      ]),
    ]);
    const lists = ['placed', 'cancelled'] as const;
    return (input: { cursor?: string; limit?: number; status?: string }) =>
      newestDocuments(store, input, { name: 'orders', isKey, lists });
  }

  test('have the newest of all lists first, neither repeat nor omit one, and end', async () => {
    const page = await pages();
    const first = yes(await page({ limit: 2 }));
    const next = yes(await page({ limit: 2, cursor: first.nextCursor ?? '' }));
    const last = yes(await page({ limit: 2, cursor: next.nextCursor ?? '' }));
    const all = [first, next, last].map(({ items }) => items.map(({ key }) => key));
    expect(all).toEqual([['order:5', 'order:4'], ['order:3', 'order:2'], ['order:1']]);
    expect(last).not.toHaveProperty('nextCursor');
    expect(yes(await page({})).items).toHaveLength(5);
  });

  test('refuse a limit out of bounds, and a cursor of another status, of another list or with another key', async () => {
    const page = await pages();
    const { nextCursor = '' } = yes(await page({ limit: 1, status: 'placed' }));
    expect(yes(await page({ cursor: nextCursor, status: 'placed' })).items).toHaveLength(4);
    const forged = (...parts: string[]) => Buffer.from(JSON.stringify(parts)).toString('base64url');
    // A cursor that a client has kept stays valid.
    expect(yes(await page({ cursor: forged('orders', '', 'order:5') })).items).toHaveLength(4);
    const wrong = [
      { limit: 0 },
      { cursor: nextCursor },
      { cursor: nextCursor, status: 'cancelled' },
      { cursor: forged('others', '', 'order:5') },
      { cursor: forged('orders', '', 'cart:5') },
      { cursor: forged('orders', '', 'order:\n') },
    ];
    for (const input of wrong) expect(no(await page(input)).reason).toBe('invalid_input');
    const { meta } = no(await page({ cursor: nextCursor }));
    expect(meta).toEqual({ issues: [{ path: 'cursor', message: 'is not a cursor of this list' }] });
  });
});

describe('a JSON document', () => {
  test('is read with its version, and written at that version', async () => {
    const store = open();
    const view = async () => (await store.read([{ documents: ['other', 'note', 'bad'] }]))[0]!;
    const absent = documentIn(await view(), 'note', { text: 'none' });
    expect(absent).toEqual({ value: { text: 'none' }, version: 'absent' });
    const step = putDocument('note', absent, { text: 'one' });
    expect(step).toEqual({ kind: 'put', key: 'note', expect: 'absent', body: '{"text":"one"}' });
    await store.apply([transaction('t', [put('other', 'any', { body: '1' }), step, put('bad', 'any', { body: '{' })])]);
    expect(documentIn(await view(), 'note', null)).toEqual({ value: { text: 'one' }, version: 1 });
    const read = await view();
    expect(() => documentIn(read, 'bad', null)).toThrow(
      expect.objectContaining({ message: 'the document bad cannot be read', cause: expect.any(SyntaxError) }),
    );
    const undecodable = { ...read, undecodable: ['document:note'] };
    expect(() => documentIn(undecodable, 'note', null)).toThrow('document:note');
    expect(documentIn(undecodable, 'other', null).value).toBe(1);
  });
});

test('errors of the queue that mean an outage are errors of the store, and others stay what they are', () => {
  for (const [error, fault] of [
    [new QueueTimeout(99), 'unavailable'],
    [new BatcherClosed(), 'closed'],
  ] as const) {
    expect(asStoreError(error)).toBeInstanceOf(StoreError);
    expect(asStoreError(error)).toMatchObject({ fault, message: error.message, cause: error });
  }
  for (const error of [new Overloaded({ waitedMs: 1 }), new TypeError('a bug')])
    expect(asStoreError(error)).toBe(error);
});
