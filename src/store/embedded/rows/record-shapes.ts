import { DOCUMENT_LIST_CODES, HOLD_STATE_CODES } from '../../../domain/record-codes.ts';
import type { DocumentRecord, HoldRecord, RequestRecord, StockRecord } from '../../../domain/records.ts';
import type { Columns, Row } from '../../columns.ts';
import { pushLaterColumns, readLaterColumns } from '../../later-columns.ts';

/** Converts the records of one kind to rows and back. The row does not repeat the key. */
export interface Shape<R> {
  /** The kind's name in messages about undecodable records, as in `hold:ID`. */
  word: string;
  toRow(record: R): Row;
  fromRow(key: string, columns: Columns): R;
}

/** Neither ids nor numbers contain a space. */
export const joinWords = (words: readonly (string | number)[]): string => words.join(' ');
export const splitWords = (text: string): string[] => (text === '' ? [] : text.split(' '));

export const stockShape: Shape<StockRecord> = {
  word: 'stock',
  toRow: (stock) => {
    const row = [
      stock.title,
      stock.unitPrice?.amount ?? null,
      stock.unitPrice?.currency ?? null,
      stock.onHand,
      stock.reserved,
      stock.committed,
      stock.sold,
      stock.safetyStock,
      stock.limitPerCustomer,
      stock.version,
      stock.updatedAt,
      stock.lastMovement,
    ];
    pushLaterColumns(row, stock);
    return row;
  },
  fromRow: (sku, columns) =>
    readLaterColumns(columns, {
      sku,
      title: columns.textOrNull(),
      unitPrice: columns.moneyOrNull(),
      onHand: columns.integer(),
      reserved: columns.integer(),
      committed: columns.integer(),
      sold: columns.integer(),
      safetyStock: columns.integer(),
      limitPerCustomer: columns.integerOrNull(),
      version: columns.integer(),
      updatedAt: columns.integer(),
      lastMovement: columns.textOrNull(),
    }),
};

export const holdShape: Shape<HoldRecord> = {
  word: 'hold',
  toRow: (hold) => {
    const row = [
      hold.sku,
      hold.quantity,
      HOLD_STATE_CODES.of(hold.state),
      hold.expiresAt,
      hold.createdAt,
      hold.owner,
      hold.customer,
      hold.counted,
      hold.version,
      hold.endedAt,
    ];
    const isBackordered = hold.backordered > 0;
    if (hold.client !== null || hold.capped || isBackordered) row.push(hold.client, hold.capped);
    if (isBackordered) row.push(hold.backordered);
    return row;
  },
  fromRow: (holdId, columns) => ({
    holdId,
    sku: columns.text(),
    quantity: columns.integer(),
    state: columns.word(HOLD_STATE_CODES),
    expiresAt: columns.integer(),
    createdAt: columns.integer(),
    owner: columns.text(),
    customer: columns.text(),
    counted: columns.flag(),
    version: columns.integer(),
    endedAt: columns.integerOrNull(),
    client: columns.isAtEnd ? null : columns.textOrNull(),
    capped: columns.isAtEnd ? false : columns.flag(),
    backordered: columns.isAtEnd ? 0 : columns.integer(),
  }),
};

export const documentShape: Shape<DocumentRecord> = {
  word: 'document',
  toRow: ({ body, holds, dueAt, list, version }) => [
    body,
    joinWords(holds),
    dueAt,
    list === null ? null : DOCUMENT_LIST_CODES.of(list),
    version,
  ],
  fromRow: (key, columns) => ({
    key,
    body: columns.text(),
    holds: splitWords(columns.text()),
    dueAt: columns.integerOrNull(),
    list: columns.wordOrNull(DOCUMENT_LIST_CODES),
    version: columns.integer(),
  }),
};

/** A request record with the granted units as text. The rest of the text is in `parts` more rows of the same shape. */
export interface RequestHead extends Omit<RequestRecord, 'granted'> {
  granted: string;
  parts: number;
}

export const requestShape: Shape<RequestHead> = {
  word: 'request',
  toRow: ({ fingerprint, sequence, at, reference, granted, parts }) => [
    fingerprint,
    sequence,
    at,
    reference,
    granted,
    parts,
  ],
  fromRow: (_id, columns) => ({
    fingerprint: columns.text(),
    sequence: columns.integer(),
    at: columns.integer(),
    reference: columns.textOrNull(),
    granted: columns.text(),
    parts: columns.integer(),
  }),
};

/** The units of a SKU that count towards a customer's limit. */
export const countShape: Shape<number> = {
  word: 'count',
  toRow: (units) => [units],
  fromRow: (_key, columns) => columns.integer(),
};
