import type { DocumentRecord } from '../../../domain/records.ts';
import type { Step } from '../../../domain/steps.ts';
import { type Call, ok, refuse, type Result } from '../../../contract/calls/call.ts';
import type { RedactInput } from '../../../contract/inputs/privacy-inputs.ts';
import type { BegunCall } from '../../../transact/begun-call.ts';
import { customerOwner, orderKey } from '../../../transact/documents/names.ts';
import type { ServiceParts } from '../../stock/supply/service-parts.ts';
import { changeDocuments } from './change-documents.ts';
import { unknownOrder } from '../record/order-change.ts';
import { parseOrder, putOrder, storedStatus } from '../record/order-document.ts';
import { allOwnedOrderIds } from '../record/owned-orders.ts';

/**
 * Deletes the personal data of one order or of all orders of a customer. The queues of webhooks have no copies: the
 * order is read when an event is sent.
 */
export async function redactOrders(
  parts: ServiceParts,
  { orderId, customerId, reason }: RedactInput,
  call: Call,
): Promise<Result<{ count: number }>> {
  if (orderId !== undefined) {
    const { waits } = parts.transactor;
    const begun = waits.begun(call);
    const { documents } = await waits.before(begun, parts.read({ documents: [orderKey(orderId)] }));
    if (!documents[0]) return refuse(unknownOrder(orderId));
    return redact(parts, [orderId], begun, { after: { orderId }, reason });
  }
  let count = 0;
  const customer = customerOwner(customerId ?? '');
  for await (const orderIds of allOwnedOrderIds(parts.store, customer)) {
    const redacted = await redact(parts, orderIds, call, { after: { customer }, reason });
    if (!redacted.ok) return redacted;
    count += redacted.value.count;
  }
  return ok({ count });
}

async function redact(
  parts: ServiceParts,
  orderIds: readonly string[],
  call: BegunCall,
  event: { after: { orderId: string } | { customer: string }; reason: string | undefined },
): Promise<Result<{ count: number }>> {
  const keys = orderIds.map(orderKey);
  const changed = await changeDocuments(parts, { procedure: 'orders.redact', keys, call, ...event }, withoutPerson);
  return changed.ok ? ok({ count: changed.value }) : changed;
}

/** Returns the steps that delete the personal data of a record. Its due time does not change. */
function withoutPerson(record: DocumentRecord): Step[] {
  const parsed = parseOrder(record);
  const status = storedStatus(record);
  if (!parsed || status === null || (parsed.contact === undefined && parsed.client === undefined)) return [];
  const { contact: _, client: __, ...body } = parsed;
  return [putOrder(record, { status, body })];
}
