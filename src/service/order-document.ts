import type { DocumentRecord, Money } from '../domain/records.ts';
import type { DropStep } from '../domain/steps.ts';
import type { LineState } from './cart-document.ts';
import { ServiceFailure } from './failures.ts';
import { orderIdOf } from './names.ts';
import type { Contact, Order, OrderLine, OrderStatus } from './views.ts';

interface BodyLine extends OrderLine {
  /** The customer in whose count of a limited SKU the units are. */
  countedFor?: string;
}

/** An order as it is kept. What holds do not tell any more once they have ended is repeated here. */
export interface OrderBody {
  /** The session's hash: whose order it is. */
  session: string;
  createdAt: number;
  contact?: Contact;
  paymentReference?: string;
  total: Money | null;
  lines: BodyLine[];
}

export function orderLine({ sku, unitPrice, hold }: LineState): BodyLine {
  return {
    sku,
    quantity: hold?.quantity ?? 0,
    returned: 0,
    ...(unitPrice === null ? {} : { unitPrice }),
    ...(hold?.counted ? { countedFor: hold.customer } : {}),
  };
}

/** Null for a body that this code did not write. */
export function parseOrder(record: DocumentRecord): OrderBody | null {
  try {
    const body = JSON.parse(record.body) as Partial<OrderBody> | null;
    return typeof body?.session === 'string' && Array.isArray(body.lines) ? (body as OrderBody) : null;
  } catch {
    return null;
  }
}

export function orderView(orderId: string, status: OrderStatus, body: OrderBody): Order {
  const { createdAt, paymentReference, contact, total, lines } = body;
  return {
    orderId,
    status,
    createdAt,
    ...(paymentReference === undefined ? {} : { paymentReference }),
    ...(contact === undefined ? {} : { contact }),
    total,
    lines: lines.map(({ countedFor: _, ...line }) => line),
  };
}

/** Throws `ServiceFailure` for a record that is no order. */
export function orderOf(record: DocumentRecord): { session: string; order: Order } {
  const body = parseOrder(record);
  if (!body || record.list === null) throw new ServiceFailure(`the order ${record.key} cannot be read`);
  return { session: body.session, order: orderView(orderIdOf(record.key), record.list, body) };
}

/** Deletes an order that is too old to keep; its units count no more for the customers that bought them. */
export function forgetOrder(record: DocumentRecord): DropStep {
  const sold = record.list === 'placed' ? (parseOrder(record)?.lines ?? []) : [];
  const forget = sold.flatMap(({ sku, quantity, returned, countedFor }) =>
    countedFor === undefined || quantity <= returned
      ? []
      : [{ sku, customer: countedFor, quantity: quantity - returned }],
  );
  return { kind: 'drop', key: record.key, expect: record.version, forget };
}
