import { cpSync } from 'node:fs';
import type { RootDatabase } from 'lmdb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHoldfast } from '../../../src/shop/holdfast.ts';
import type { EmbeddedStore } from '../../../src/store/embedded/embedded-engine.ts';
import { openEmbeddedStore } from '../../../src/store/embedded/embedded-store.ts';
import { openEnvironment } from '../../../src/store/embedded/files/environment.ts';
import { type TempDir, tempDir } from '../../support/temp-dir.ts';
import { configure, consume, put, receive, release, reserve, START, transaction } from '../../support/transactions.ts';
import { replayable } from '../../support/seed.ts';
import { Dice } from '../../support/dice.ts';

const SKUS = 10;
const ROUNDS = 6;
/** The databases of records, each with the word that names its records. */
const RECORDS: Record<string, string> = {
  stock: 'stock',
  holds: 'hold',
  ended0: 'hold',
  ended1: 'hold',
  ended2: 'hold',
  documents: 'document',
  'requests-short0': 'request',
  'requests-short1': 'request',
  'requests-short2': 'request',
  'requests-long0': 'request',
  'requests-long1': 'request',
  'requests-long2': 'request',
  counts: 'count',
  ledger: 'movement',
};

type Key = string | (string | number)[];
const rawOf = (root: RootDatabase, name: string) => root.openDB<Buffer, Key>({ name, encoding: 'binary' });
const open = (dir: string): Promise<EmbeddedStore> => openEmbeddedStore({ dir, shop: 'test', clock: () => START });
const numbered = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);

/** The names of everything that can be read from the shop. */
const ALL = {
  skus: numbered('A', SKUS),
  holds: [...numbered('live', SKUS), ...numbered('freed', SKUS), ...numbered('sold', SKUS)],
  documents: [...numbered('cart:', SKUS), ...numbered('order:', SKUS)],
  requests: [...numbered('supply', SKUS), ...numbered('cart', SKUS), ...numbered('sale', SKUS), 'many'],
};

/** Writes records of every kind. The last request has so many grants that its record continues in a second row. */
async function fill(store: EmbeddedStore): Promise<void> {
  const customer = { customer: 'customer:1' };
  for (let index = 0; index < SKUS; index += 1) {
    const [sku, live, freed, sold] = [`A${index}`, `live${index}`, `freed${index}`, `sold${index}`];
    const unitPrice = { amount: 1_999, currency: 'EUR' };
    await store.apply([
      transaction(`supply${index}`, [configure(sku, { unitPrice, limitPerCustomer: 50 }), receive(sku, 1_000)]),
      transaction(`cart${index}`, [
        reserve(live, sku, 2, customer),
        reserve(freed, sku, 1, customer),
        put(`cart:${index}`, 'absent', { body: 'x'.repeat(index * 100), holds: [live], dueInMs: 60_000 }),
      ]),
      transaction(
        `sale${index}`,
        [
          reserve(sold, sku, 3, customer),
          consume(sold),
          release(freed),
          put(`order:${index}`, 'absent', { body: '{}', list: 'placed' }),
        ],
        { retention: 'long' },
      ),
    ]);
  }
  const many = Array.from({ length: 700 }, (_, index) => reserve(`many${index}`, 'A0', 1));
  await store.apply([transaction('many', many)]);
}

/** Flips one bit of about every second value, as an aging disk does, and returns the names of the records. */
function rot(root: RootDatabase, dice: Dice): Set<string> {
  const rotten = new Set<string>();
  for (const [name, word] of Object.entries(RECORDS)) {
    const raw = rawOf(root, name);
    for (const key of Array.from(raw.getKeys())) {
      if (dice.chance(0.5)) continue;
      flip(raw, key, dice.roll());
      rotten.add(`${word}:${typeof key === 'string' ? key : key.join('-')}`);
    }
  }
  return rotten;
}

/** `where` is at least 0 and below 1. */
function flip(raw: ReturnType<typeof rawOf>, key: Key, where: number): void {
  const value = Buffer.from(raw.get(key)!);
  const bit = Math.floor(where * value.length * 8);
  value[bit >> 3]! ^= 1 << (bit & 7);
  raw.put(key, value);
}

async function lookAt(store: EmbeddedStore) {
  const [snapshot] = await store.read([ALL]);
  return { snapshot: snapshot!, ledger: await store.feed({ after: null, limit: 5_000 }) };
}

type Snapshot = Awaited<ReturnType<typeof lookAt>>['snapshot'];

/** Returns the snapshot without the records in `rotten`. */
function without(rotten: ReadonlySet<string>, snapshot: Snapshot): Snapshot {
  const sound = <R>(name: string, record: R | null): R | null => (rotten.has(name) ? null : record);
  const documents = snapshot.documents.map((found, index) => {
    const kept = sound(`document:${ALL.documents[index]}`, found);
    return kept && { ...kept, holds: kept.holds.map((hold) => sound(`hold:${hold!.holdId}`, hold)) };
  });
  const isRotten = (id: string) => [...rotten].some((name) => name.split(' ')[0] === `request:${id}`);
  return {
    ...snapshot,
    stock: snapshot.stock.map((record) => sound(`stock:${record!.sku}`, record)),
    holds: snapshot.holds.map((record) => sound(`hold:${record!.holdId}`, record)),
    documents,
    requests: snapshot.requests.map((record, index) => (isRotten(ALL.requests[index]!) ? null : record)),
    undecodable: expect.any(Array) as unknown as string[],
  };
}

const nameOf = (message: string): string => message.slice(0, message.lastIndexOf(': '));

describe('a damaged value', () => {
  let shop: TempDir;
  let whole: Awaited<ReturnType<typeof lookAt>>;

  beforeAll(async () => {
    shop = await tempDir();
    const store = await open(shop.path);
    await fill(store);
    whole = await lookAt(store);
    await store.close();
  });
  afterAll(() => shop[Symbol.asyncDispose]());

  /** Runs `look` on a copy of the shop whose files `change` has changed. */
  async function inCopy(
    change: (root: RootDatabase) => void,
    look: (store: EmbeddedStore) => Promise<void>,
  ): Promise<void> {
    await using copy = await tempDir();
    cpSync(shop.path, copy.path, { recursive: true });
    const root = openEnvironment(copy.path);
    root.transactionSync(() => change(root));
    await root.close();
    const store = await open(copy.path);
    await look(store).finally(() => store.close());
  }

  test('with one flipped bit is undecodable, and no read returns a wrong record', async () => {
    const { seed } = replayable();
    for (let round = 0; round < ROUNDS; round += 1) {
      const context = `HOLDFAST_SEED=${seed}, round ${round}`;
      let rotten = new Set<string>();
      await inCopy(
        (root) => {
          rotten = rot(root, new Dice(seed + round, 'bits'));
        },
        async (store) => {
          const found = await lookAt(store);
          expect(store.undecodable().map(nameOf).toSorted(), context).toEqual([...rotten].toSorted());
          expect(found.snapshot, context).toEqual(without(rotten, whole.snapshot));
          expect(found.ledger, context).toEqual(whole.ledger.filter(({ id }) => !rotten.has(`movement:${id}`)));
        },
      );
    }
  });

  test('that was moved from another key or another database is undecodable', async () => {
    const move = (root: RootDatabase, [name, key]: [string, Key], [toName, toKey]: [string, Key]): void => {
      rawOf(root, toName).put(toKey, Buffer.from(rawOf(root, name).get(key)!));
    };
    await inCopy(
      (root) => {
        move(root, ['stock', 'A1'], ['stock', 'A2']);
        move(root, ['holds', 'live1'], ['holds', 'live2']);
        move(root, ['holds', 'live1'], ['ended0', 'live1']);
        move(root, ['ledger', [1, 0]], ['ledger', [2, 0]]);
      },
      async (store) => {
        const names = ['hold:live1', 'hold:live2', 'movement:2-0', 'stock:A2'];
        expect(store.undecodable().map(nameOf).toSorted()).toEqual(names);
      },
    );
  });

  test.each(['state', 'shop', 'run', 'commit'])('in the metadata row %s is refused at open', async (key) => {
    for (const where of [0, 0.3, 0.6, 0.9]) {
      const opened = inCopy(
        (root) => flip(rawOf(root, 'meta'), key, where),
        async () => undefined,
      );
      await expect(opened, `${where}`).rejects.toMatchObject({ fault: 'undecodable' });
      await expect(opened).rejects.toThrow(`"${key}"`);
    }
  });

  test('is reported by the audit with the name of its record', async () => {
    const flipped = [
      'count:customer:1 A7',
      'document:order:4',
      'hold:freed3',
      'hold:live2',
      'request:cart5',
      'request:sale6',
      'stock:A1',
    ];
    await inCopy(
      (root) => {
        for (const [name, word] of Object.entries(RECORDS)) {
          for (const key of Array.from(rawOf(root, name).getKeys())) {
            if (flipped.includes(`${word}:${String(key)}`)) flip(rawOf(root, name), key, 0.5);
          }
        }
      },
      async (store) => {
        const holdfast = createHoldfast({ store });
        const audit = await holdfast.audit();
        await holdfast.close();
        const violations = audit.ok ? audit.value.violations : [];
        const named = violations.filter(({ rule }) => rule === 'undecodable').map(({ found }) => found);
        expect(named.map(nameOf).toSorted()).toEqual(flipped);
      },
    );
  });
});
