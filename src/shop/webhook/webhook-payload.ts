import type { Snapshot } from '../../store/store.ts';
import { sequenceOf } from '../../domain/movement-ids.ts';
import { orderKey } from '../../transact/names.ts';
import { recordView } from '../order/order-document.ts';
import type { Read } from '../stock/stock-reader.ts';
import type { Order } from '../../contract/views.ts';
import { isAboutOrder, movementOf, type Occurrence } from '../../contract/webhook-words.ts';

/** What a receiver gets, as JSON. `timestamp` is when it happened. */
export interface WebhookPayload {
  type: Occurrence['type'];
  /** ISO 8601. */
  timestamp: string;
  data:
    | {
        shop: string;
        orderId: string;
        /** The version of `order`; of two states of an order the one with the higher version is the newer one. */
        version: number;
        /** The order at the time of the attempt; null: it has been forgotten. */
        order: Order | null;
      }
    | {
        shop: string;
        sku: string;
        /** Units right after the change. */
        available: number;
        /** The version of the SKU's record right after the change, as `StockUpdate` has it. */
        version: number;
      };
}

/** Rejects as the store does. */
export async function payloadOf(
  { shop, read }: { shop: string; read: Read },
  occurrence: Occurrence,
): Promise<{ body: string; at: number }> {
  const { type, at, subject, available, version = sequenceOf(movementOf(occurrence)) } = occurrence;
  const envelope = { type, timestamp: new Date(at).toISOString() };
  const isOrder = isAboutOrder(occurrence);
  const view = await read(isOrder ? { documents: [orderKey(subject)] } : {});
  const data = isOrder ? orderData(shop, subject, view) : { shop, sku: subject, available: available ?? 0, version };
  return { body: JSON.stringify({ ...envelope, data } satisfies WebhookPayload), at: view.at };
}

/** After a loss of writes the version is at least the sequence of the new epoch, so that it does not go back. */
function orderData(
  shop: string,
  orderId: string,
  { at, sequence, epochBegan, documents }: Snapshot,
): WebhookPayload['data'] {
  const record = documents[0]?.record;
  const version = record ? Math.max(record.version, epochBegan) : sequence;
  return { shop, orderId, version, order: record ? recordView(record, at) : null };
}
