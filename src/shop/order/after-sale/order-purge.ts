import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { DocumentRecord } from '../../../domain/records.ts';
import type { Call, Result } from '../../../contract/calls/call.ts';
import { ok } from '../../../contract/calls/call.ts';
import type { PurgeInput } from '../../../contract/inputs/privacy-inputs.ts';
import type { ServiceParts } from '../../stock/supply/service-parts.ts';
import { changeDocuments } from './change-documents.ts';
import { parseOrder } from '../record/order-document.ts';
import { forgetOrder } from '../record/order-retention.ts';

const PURGE_PAGE_MAX = 500;

/** Deletes orders in small transactions, so that shoppers do not wait. An order that cannot be read stays. */
export async function purgeOrders(
  parts: ServiceParts,
  { status, olderThanMs, reason }: PurgeInput,
  call: Call,
): Promise<Result<{ count: number }>> {
  const { store, read } = parts;
  const { at } = await read({});
  const isOld = (record: DocumentRecord): boolean =>
    record.list === status && (parseOrder(record)?.createdAt ?? at) + olderThanMs <= at;
  let count = 0;
  for (let before: { before?: string } = {}; ; ) {
    const page = await store.listDocuments({ list: status, ...before, limit: PURGE_PAGE_MAX });
    const keys = page.filter(isOld).map(({ key }) => key);
    const purged = await changeDocuments(
      parts,
      { procedure: 'orders.purge', keys, call, after: { status, olderThanMs }, reason },
      // An order with units on hand stays: its holds would have no owner.
      (record) => (isOld(record) && record.holds.length === 0 ? forgetOrder(record) : []),
    );
    if (!purged.ok) return purged;
    count += purged.value;
    const last = page.at(-1);
    if (!last || page.length < PURGE_PAGE_MAX) return ok({ count });
    before = { before: last.key };
    await yieldToOthers();
  }
}
