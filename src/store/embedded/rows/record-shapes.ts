import { DOCUMENT_LIST_CODES, HOLD_STATE_CODES } from '../../../domain/record-codes.ts';
import type { DocumentRecord, HoldRecord, RequestRecord, StockRecord } from '../../../domain/records.ts';
import type { Columns, Row } from '../../columns.ts';
import { pushLaterSettings, readLaterSettings } from '../../later-settings.ts';

/** How the records of one kind stand in their rows. The key is not repeated in the row. */
export interface Shape<R> {
  /** What a record of the kind is called where one cannot be decoded, as in `hold:ID`. */
  word: string;
  toRow(record: R): Row;
  fromRow(key: string, columns: Columns): R;
}

/** Neither ids nor numbers contain a space. */
export const joined = (words: readonly (string | number)[]): string => words.join(' ');
export const split = (text: string): string[] => (text === '' ? [] : text.split(' '));

export const stockShape: Shape<StockRecord> = {
  word: 'stock',
  toRow: (stock) => {
    const row = [
      stock.title,
      stock.unitPrice?.amount ?? null,
      stock.unitPrice?.currency ?? null,
      stock.onHand,
      stock.reserved,
      stock.sold,
      stock.safetyStock,
      stock.limitPerCustomer,
      stock.version,
      stock.updatedAt,
      stock.lastMovement,
    ];
    pushLaterSettings(row, stock);
    return row;
  },
  fromRow: (sku, columns) =>
    readLaterSettings(columns, {
      sku,
      title: columns.textOrNull(),
      unitPrice: columns.moneyOrNull(),
      onHand: columns.integer(),
      reserved: columns.integer(),
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
  toRow: (hold) => [
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
  ],
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
  }),
};

export const documentShape: Shape<DocumentRecord> = {
  word: 'document',
  toRow: ({ body, holds, dueAt, list, version }) => [
    body,
    joined(holds),
    dueAt,
    list === null ? null : DOCUMENT_LIST_CODES.of(list),
    version,
  ],
  fromRow: (key, columns) => ({
    key,
    body: columns.text(),
    holds: split(columns.text()),
    dueAt: columns.integerOrNull(),
    list: columns.wordOrNull(DOCUMENT_LIST_CODES),
    version: columns.integer(),
  }),
};

/** A request record with the granted units as text; `parts` more rows of the same shape hold the rest of it. */
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

/** Units that count for a customer of a SKU. */
export const countShape: Shape<number> = {
  word: 'count',
  toRow: (units) => [units],
  fromRow: (_key, columns) => columns.integer(),
};
