import type { Snapshot } from '../../store/store.ts';
import { sequenceOf } from '../../domain/movement-ids.ts';
import { isOrder, isReservation, orderIdOf, orderKey, reservationIdOf } from '../../transact/documents/names.ts';
import { recordView } from '../order/record/order-document.ts';
import type { Read } from '../stock/units/stock-reader.ts';
import type { Order } from '../../contract/outputs/order-outputs.ts';
import type { DataSeal } from '../../transact/documents/data-seal.ts';
import {
  type Endpoint,
  type EventOrigin,
  isAboutOrder,
  movementOf,
  type WebhookEvent,
  type WebhookField,
} from '../../contract/webhook-records.ts';

/** The JSON body of a webhook. `timestamp` is the time of the event. */
interface WebhookPayload {
  type: WebhookEvent['type'];
  /** ISO 8601. */
  timestamp: string;
  data: {
    shop: string;
    /** The `X-Request-ID` of the call that caused the event. Absent if no call did, or if the ledger is trimmed. */
    requestId?: string;
  } & (
    | {
        orderId: string;
        /** The version of `order`. The newer of two states has the higher version. */
        version: number;
        /** The order at the time of the attempt; null if it has been deleted after its retention. */
        order: Order | null;
      }
    | {
        sku: string;
        /** Units available right after the change. */
        available: number;
        /** The version of the SKU's record right after the change, as in `StockUpdate`. */
        version: number;
      }
    | {
        sku: string;
        holdId: string;
        /** The owner of the hold, as in `holds.list`. */
        owner: string;
        /** Present if the hold is of an order. */
        orderId?: string;
        /** Present if the hold is of a reservation. */
        reservationId?: string;
        /** Backordered units that the hold has on hand now. */
        units: number;
        /** The location of the hold. Absent: `main`. */
        location?: string;
      }
  );
}

export interface PayloadParts {
  shop: string;
  read: Read;
  seal: DataSeal;
}

/**
 * Resolves with the body of an event for an endpoint, and the shop time at which it was read. The order has its contact
 * only for an endpoint that requests that field. Rejects as the store does.
 */
export async function payloadOf(
  { shop, read, seal }: PayloadParts,
  { event, origin: { requestId } }: { event: WebhookEvent; origin: EventOrigin },
  { fields = [] }: Pick<Endpoint, 'fields'>,
): Promise<{ body: string; at: number }> {
  const { type, at, subject, available, fill, version = sequenceOf(movementOf(event)) } = event;
  const envelope = { type, timestamp: new Date(at).toISOString() };
  const isOfOrder = isAboutOrder(event);
  const view = await read(isOfOrder ? { documents: [orderKey(subject)] } : {});
  const ofSku = fill ? { sku: subject, ...fillData(fill) } : { sku: subject, available: available ?? 0, version };
  const subjectData = isOfOrder ? orderData(subject, view, payloadOrder(view, seal, fields)) : ofSku;
  const data = { shop, ...(requestId === undefined ? {} : { requestId }), ...subjectData };
  return { body: JSON.stringify({ ...envelope, data } satisfies WebhookPayload), at: view.at };
}

const fillData = (fill: NonNullable<WebhookEvent['fill']>) => ({
  ...fill,
  ...(isOrder(fill.owner) ? { orderId: orderIdOf(fill.owner) } : {}),
  ...(isReservation(fill.owner) ? { reservationId: reservationIdOf(fill.owner) } : {}),
});

/** After a loss of writes the version is at least the first sequence of the new epoch, so that it never decreases. */
function orderData(
  orderId: string,
  { sequence, epochBegan, documents }: Snapshot,
  order: Order | null,
): { orderId: string; version: number; order: Order | null } {
  const record = documents[0]?.record;
  const version = record ? Math.max(record.version, epochBegan) : sequence;
  return { orderId, version, order };
}

function payloadOrder(
  { at, documents: [found] }: Snapshot,
  seal: DataSeal,
  fields: readonly WebhookField[],
): Order | null {
  const order = found ? recordView(found, at, seal) : null;
  if (!order || fields.includes('contact')) return order;
  const { contact: _, ...shown } = order;
  return shown;
}
