import type { MovementLine, LedgerOrder, OrderStatusLine } from '../../contract/outputs/ledger-lines.ts';

/** Rows of the archive in the text format of COPY. */

type ColumnValue = string | number | null | undefined;

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
};

/** The replacement for NUL, which a text of PostgreSQL cannot contain. */
const NOT_STORABLE = '\ufffd';

const copyText = (value: ColumnValue): string => {
  if (value === null || value === undefined) return '\\N';
  if (typeof value === 'number') return String(value);
  return value.replace(/[\\\t\n\r]/g, (char) => ESCAPES[char] ?? char).replaceAll('\0', NOT_STORABLE);
};

const row = (...cells: ColumnValue[]): string => `${cells.map(copyText).join('\t')}\n`;

const time = (ms: number): string => new Date(ms).toISOString();

/** Splits a position into its sequence and its index. */
export const ledgerPlaceOf = (position: string): [sequence: number, index: number] => {
  const [sequence, index] = position.split('-').map(Number);
  return [sequence ?? 0, index ?? 0];
};

const NO_UNIT_CHANGE = { before: 0, after: 0 };

export function movementRow(shop: string, line: MovementLine): string {
  const { onHand, reserved, committed, backordered = NO_UNIT_CHANGE, cause } = line;
  const levels = [onHand, reserved, committed, backordered].flatMap(({ before, after }) => [before, after]);
  const { position, at, sku, location = 'main', kind, quantity, holdId, orderId, reservationId } = line;
  const place = [shop, ...ledgerPlaceOf(position), time(at), sku, location, kind, quantity];
  const { by, reason, reference, requestId } = cause;
  return row(...place, ...levels, holdId, orderId, reservationId, by, reason, reference, requestId);
}

export function statusRow(shop: string, { position, at, orderId, status, cause }: OrderStatusLine): string {
  return row(shop, ...ledgerPlaceOf(position), time(at), orderId, status, cause.by, cause.reason, cause.requestId);
}

export function orderRow(shop: string, { version, order }: LedgerOrder): string {
  const { orderId, status, createdAt, total } = order;
  const document = JSON.stringify(order, (_, value: unknown) => (typeof value === 'string' ? storable(value) : value));
  return row(shop, orderId, version, status, time(createdAt), total?.amount, total?.currency, document);
}

/** Returns a text that `jsonb` accepts: without NUL, and without lone surrogates. */
const storable = (text: string): string => text.toWellFormed().replaceAll('\0', NOT_STORABLE);
