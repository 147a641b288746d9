import type { Database, RootDatabase } from 'lmdb';
import { ENDED_HOLD_PERIOD_MS, REQUEST_LONG_PERIOD_MS, REQUEST_SHORT_PERIOD_MS } from '../../../domain/limits.ts';
import type { HoldRecord, StockRecord } from '../../../domain/records.ts';
import { Ageing } from './ageing.ts';
import { DocumentTable } from './document-table.ts';
import { type DueDatabases, DueIndex, type IndexKey } from './due-index.ts';
import { openIndex, openRows } from '../files/environment.ts';
import { LedgerTable } from './ledger-table.ts';
import type { MetaRows } from './meta-rows.ts';
import { countShape, documentShape, holdShape, requestShape, type Shape, stockShape } from '../rows/record-shapes.ts';
import { RecordTable } from './record-table.ts';
import { RequestTable } from './request-table.ts';
import { RotatingTable, type Slots } from './rotating-table.ts';

interface Indexes extends DueDatabases {
  /** Due time, key. */
  dueDocuments: Database<Buffer, IndexKey>;
  /** List, key. */
  lists: Database<Buffer, IndexKey>;
}

/** All data of a shop. */
export interface Tables {
  root: RootDatabase;
  meta: MetaRows;
  stock: RecordTable<StockRecord>;
  liveHolds: RecordTable<HoldRecord>;
  endedHolds: RotatingTable<HoldRecord>;
  due: DueIndex;
  /** The databases of the indexes, for comparing them with the records. */
  indexes: Indexes;
  documents: DocumentTable;
  requests: { short: RequestTable; long: RequestTable };
  counts: RecordTable<number>;
  ledger: LedgerTable;
  /** The age of the records in rotating tables. */
  ageing: Ageing;
}

export function openTables(root: RootDatabase): Tables {
  const table = <R>(name: string, shape: Shape<R>) => new RecordTable(openRows<string>(root, name), shape);
  const ageing = new Ageing();
  const indexes = openIndexes(root);
  return {
    root,
    ageing,
    meta: openRows(root, 'meta'),
    stock: table('stock', stockShape),
    liveHolds: table('holds', holdShape),
    endedHolds: new RotatingTable(openSlots(root, 'ended', holdShape), {
      periodMs: ENDED_HOLD_PERIOD_MS,
      writtenAt: ({ endedAt }) => endedAt ?? 0,
      ageing,
    }),
    due: new DueIndex(indexes),
    indexes,
    documents: new DocumentTable(table('documents', documentShape), indexes.dueDocuments, indexes.lists),
    requests: {
      short: openRequests(root, 'short', { periodMs: REQUEST_SHORT_PERIOD_MS, ageing }),
      long: openRequests(root, 'long', { periodMs: REQUEST_LONG_PERIOD_MS, ageing }),
    },
    counts: table('counts', countShape),
    ledger: new LedgerTable(openRows(root, 'ledger')),
  };
}

function openIndexes(root: RootDatabase): Indexes {
  return {
    positions: openIndex(root, 'due'),
    firsts: openIndex(root, 'due-skus'),
    earliest: openRows(root, 'due-earliest'),
    dueDocuments: openIndex(root, 'due-documents'),
    lists: openIndex(root, 'lists'),
  };
}

/** Opens three tables, for three periods in rotation. */
function openSlots<R>(root: RootDatabase, name: string, shape: Shape<R>): Slots<R> {
  const table = (slot: number) => new RecordTable(openRows<string>(root, `${name}${slot}`), shape);
  return [table(0), table(1), table(2)];
}

function openRequests(
  root: RootDatabase,
  retention: string,
  options: { periodMs: number; ageing: Ageing },
): RequestTable {
  const slots = openSlots(root, `requests-${retention}`, requestShape);
  return new RequestTable(new RotatingTable(slots, { ...options, writtenAt: ({ at }) => at }));
}
