import { orderKey } from '../names.ts';
import { recordView } from '../order-document.ts';
import type { Read } from '../stock-reader.ts';
import type { Order } from '../views.ts';
import type { Occurrence } from './webhook-words.ts';

/** What a receiver gets, as JSON. `timestamp` is when it happened. */
export interface WebhookPayload {
  type: Occurrence['type'];
  /** ISO 8601. */
  timestamp: string;
  data:
    | { shop: string; orderId: string /** As it is by now; null: it has been forgotten. */; order: Order | null }
    | { shop: string; sku: string /** Units right after. */; available: number };
}

/** Rejects as the store does. */
export async function payloadOf(
  { shop, read }: { shop: string; read: Read },
  { type, at, subject, available }: Occurrence,
): Promise<{ body: string; at: number }> {
  const envelope = { type, timestamp: new Date(at).toISOString() };
  const isOrder = type.startsWith('order.');
  const view = await read(isOrder ? { documents: [orderKey(subject)] } : {});
  const record = view.documents[0]?.record;
  const data: WebhookPayload['data'] = isOrder
    ? { shop, orderId: subject, order: record ? recordView(record, view.at) : null }
    : { shop, sku: subject, available: available ?? 0 };
  return { body: JSON.stringify({ ...envelope, data } satisfies WebhookPayload), at: view.at };
}
