import { DAY_MS } from '../../../domain/limits.ts';
import type { DocumentRecord, HoldRecord } from '../../../domain/records.ts';
import { isLive } from '../../../domain/machine/live-hold.ts';
import { isSold } from '../../../domain/order-states.ts';
import type { DropStep, PutStep, Step } from '../../../domain/steps.ts';
import { releaseLine } from '../../cart/cart-document.ts';
import type { Snapshot } from '../../../store/store.ts';
import type { Settings } from '../../../contract/settings.ts';
import { orderIdOf, ownedKey } from '../../../transact/documents/names.ts';
import type { OrderStatus } from '../../../domain/order-states.ts';
import { dropPaidEntry, type OrderBody, ownerOf, parseOrder, putOrder, storedStatus } from './order-document.ts';

/** The longest time for which an order that was never paid keeps its contact. */
const UNPAID_CONTACT_MS_MAX = DAY_MS;
const NEVER_PAID: ReadonlySet<OrderStatus> = new Set(['cancelled', 'expired']);

export type RetentionSettings = Pick<Settings, 'orderRetentionMs' | 'unpaidOrderRetentionMs' | 'contactRetentionMs'>;

/** Returns how long an order that ended with this status is kept after its end. */
export function orderRetentionMs(status: OrderStatus, settings: RetentionSettings): number {
  const { orderRetentionMs: paid, unpaidOrderRetentionMs: unpaid } = settings;
  return NEVER_PAID.has(status) ? Math.min(unpaid, paid) : paid;
}

/**
 * Returns the body of an order that ends now, and when its document is due: when its contact is deleted, if that is
 * before the order is deleted.
 */
export function endedOrder(
  { keptAfterContactMs: _, ...body }: OrderBody,
  status: OrderStatus,
  settings: RetentionSettings,
): { body: OrderBody; dueInMs: number } {
  const keptMs = orderRetentionMs(status, settings);
  const { contactRetentionMs } = settings;
  const contactMs = NEVER_PAID.has(status) ? Math.min(contactRetentionMs, UNPAID_CONTACT_MS_MAX) : contactRetentionMs;
  if (body.contact === undefined || contactMs >= keptMs) return { body, dueInMs: keptMs };
  return { body: { ...body, keptAfterContactMs: keptMs - contactMs }, dueInMs: contactMs };
}

type FoundOrder = NonNullable<Snapshot['documents'][number]>;

/** Returns the live holds of an unpaid order. */
export const holdsOf = ({ record, holds }: FoundOrder): HoldRecord[] =>
  holds.filter((hold): hold is HoldRecord => hold !== null && hold.owner === record.key && isLive(hold));

/** Expires an unpaid order and releases its live holds. The body may be unreadable. */
export function expireOrder(found: FoundOrder, settings: RetentionSettings): [...Step[], PutStep] {
  const { record } = found;
  const released = holdsOf(found).map((hold) => releaseLine(record, hold));
  const body = parseOrder(record);
  const kept = body ? endedOrder(body, 'expired', settings) : { dueInMs: orderRetentionMs('expired', settings) };
  return [...released, putOrder(record, { status: 'expired', ...kept })];
}

/** Returns the steps of a due time of an ended order: they delete its contact, or the order if no contact is left. */
export function forgetDue(record: DocumentRecord): [PutStep] | DropStep[] {
  const parsed = parseOrder(record);
  const status = storedStatus(record);
  if (parsed?.keptAfterContactMs === undefined || status === null) return forgetOrder(record);
  const { keptAfterContactMs: dueInMs, contact: _, ...body } = parsed;
  return [putOrder(record, { status, body, dueInMs })];
}

/** Deletes an order. Its units do not count for the customer any more. */
export function forgetOrder(record: DocumentRecord): DropStep[] {
  const body = parseOrder(record);
  const sold = isSold(record.list) ? (body?.lines ?? []) : [];
  const forget = sold.flatMap(({ sku, quantity, returned, countedFor }) =>
    countedFor === undefined || quantity <= returned
      ? []
      : [{ sku, customer: countedFor, quantity: quantity - returned }],
  );
  const order: DropStep = { kind: 'drop', key: record.key, expect: record.version, forget };
  if (!body) return [order];
  const orderId = orderIdOf(record.key);
  return [
    order,
    { kind: 'drop', key: ownedKey(ownerOf(body), orderId), expect: 'any' },
    ...dropPaidEntry(orderId, body),
  ];
}
