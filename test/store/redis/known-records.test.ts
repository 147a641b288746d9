import { expect, test } from 'vitest';
import type { DocumentRecord, HoldRecord, StockRecord } from '../../../src/domain/records.ts';
import type { BatchChanges } from '../../../src/domain/machine/run-batch.ts';
import { INITIAL_SETTINGS } from '../../../src/domain/sku-settings.ts';
import { KnownRecords } from '../../../src/store/redis/decide/known-records.ts';

const hold = (version: number): HoldRecord => ({
  holdId: 'h',
  sku: 'A',
  quantity: version,
  state: 'held',
  expiresAt: 100,
  createdAt: 1,
  owner: 'cart:1',
  customer: 'guest:1',
  counted: false,
  client: null,
  capped: false,
  backordered: 0,
  version,
  endedAt: null,
});

const stock = (version: number): StockRecord => ({
  sku: 'A',
  ...INITIAL_SETTINGS,
  onHand: 100,
  reserved: version,
  committed: 0,
  backordered: 0,
  sold: 0,
  version,
  updatedAt: 1,
  lastMovement: null,
});

const document = (version: number): DocumentRecord => ({
  key: 'cart:1',
  body: `${version}`,
  holds: [],
  dueAt: null,
  list: null,
  version,
});

const NOTHING: BatchChanges = {
  stock: [],
  holds: [],
  documents: [],
  counts: [],
  requests: [],
  ledger: [],
  setAside: [],
};
const SETTLED = { decidedAt: 1.5, decidedAfter: 0, at: 1, sequenceBefore: 0 };

/** For each kind of record: a read that sees it, a batch of this process that writes it, and the known version. */
const KINDS = {
  stock: {
    see: (known: KnownRecords, version: number) =>
      known.seeStock('A', { record: stock(version), settingsVersion: version }),
    changes: (version: number): BatchChanges => ({
      ...NOTHING,
      stock: [{ key: 'A', before: stock(1), after: stock(version) }],
    }),
    version: (known: KnownRecords) => known.stock('A')?.version,
  },
  hold: {
    see: (known: KnownRecords, version: number) => known.seeHold('h', hold(version)),
    changes: (version: number): BatchChanges => ({
      ...NOTHING,
      holds: [{ key: 'h', before: hold(1), after: hold(version) }],
    }),
    version: (known: KnownRecords) => known.hold('h')?.version,
  },
  document: {
    see: (known: KnownRecords, version: number) => known.seeDocument('cart:1', document(version)),
    changes: (version: number): BatchChanges => ({
      ...NOTHING,
      documents: [{ key: 'cart:1', before: document(1), after: document(version) }],
    }),
    version: (known: KnownRecords) => known.document('cart:1')?.version,
  },
};

/** Reads and batches use two connections, so their answers arrive in any order. */
test.each(Object.entries(KINDS))(
  'remembers the newest record of a %s, in whatever order records are seen',
  (_, kind) => {
    const known = new KnownRecords();
    kind.see(known, 5);
    kind.see(known, 3);
    expect(kind.version(known)).toBe(5);
    kind.see(known, 7);
    expect(kind.version(known)).toBe(7);
    known.learnChanges(kind.changes(6), SETTLED);
    expect(kind.version(known)).toBe(7);
    known.learnChanges(kind.changes(8), SETTLED);
    expect(kind.version(known)).toBe(8);
    kind.see(known, 7);
    expect(kind.version(known)).toBe(8);
  },
);
