import { ok, type Result } from '../../contract/calls/call.ts';
import type { Cart } from '../../contract/outputs/cart-outputs.ts';
import type { CustomerExport } from '../../contract/outputs/admin-outputs.ts';
import type { Order } from '../../contract/outputs/order-outputs.ts';
import type { Reservation } from '../../contract/outputs/reservation-outputs.ts';
import { isSold } from '../../domain/order-states.ts';
import type { HoldRecord } from '../../domain/records.ts';
import { skuOf } from '../../domain/stock-keys.ts';
import {
  cartIdOf,
  customerOwner,
  isCart,
  isReservation,
  orderKey,
  reservationIdOf,
} from '../../transact/documents/names.ts';
import { scanAll } from '../audit/scan-all.ts';
import { cartState, cartView } from '../cart/cart-document.ts';
import { fulfilledOf, parseOrder } from '../order/record/order-document.ts';
import { allOwnedOrderIds, readOrders } from '../order/record/owned-orders.ts';
import { lineOf } from '../line/line-parts.ts';
import { parseReservation, reservationState, reservationStateView } from '../reservation/reservation-document.ts';
import type { ServiceParts } from '../stock/supply/service-parts.ts';
import type { CustomerService } from './customer-api.ts';

export const createCustomerService = (parts: ServiceParts): CustomerService => ({
  export: ({ customerId }) => exportCustomer(parts, customerOwner(customerId)),
});

/** Returns the data of a customer. It reads all live holds, because carts do not have their customer. */
async function exportCustomer(parts: ServiceParts, customer: string): Promise<Result<CustomerExport>> {
  const { at: exportedAt } = await parts.read({});
  const counts = new Map<string, number>();
  const add = (sku: string, units: number): void => void counts.set(sku, (counts.get(sku) ?? 0) + units);
  const orders: Order[] = [];
  for await (const orderIds of allOwnedOrderIds(parts.store, customer)) {
    orders.push(...(await readOrders(parts, orderIds)));
    await addSold(parts, orderIds, customer, add);
  }
  const holds: HoldRecord[] = [];
  await scanAll(parts.store, 'holds', (page) => {
    for (const hold of page.holds) if (hold.customer === customer && hold.expiresAt > exportedAt) holds.push(hold);
  });
  // A scan may return a record twice.
  const unique = new Map(holds.map((hold) => [hold.holdId, hold]));
  for (const { sku, quantity, counted } of unique.values()) if (counted) add(lineOf({ sku }), quantity);
  const reservations = await customerReservations(parts, customer, add);
  const cartKeys = new Set([...unique.values()].map(({ owner }) => owner).filter(isCart));
  const carts = await Promise.all([...cartKeys].map((key) => exportedCart(parts, key)));
  const inOrder = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([sku, units]) => ({ sku, units }));
  return ok({ customer, exportedAt, orders, carts, reservations, counts: inOrder });
}

async function exportedCart({ read, settings }: ServiceParts, key: string): Promise<Cart> {
  return cartView(cartState(cartIdOf(key), await read({ documents: [key] })), settings.cartTtlMs);
}

/** Returns the customer's reservations, and adds their dispatched units that count for the customer. */
async function customerReservations(
  { store, read }: ServiceParts,
  customer: string,
  add: (sku: string, units: number) => void,
): Promise<Reservation[]> {
  const keys = new Set<string>();
  await scanAll(store, 'documents', (page) => {
    for (const record of page.documents) {
      if (isReservation(record.key) && parseReservation(record)?.customer === customer) keys.add(record.key);
    }
  });
  const found: Reservation[] = [];
  // A later id is that of a newer reservation.
  for (const key of [...keys].sort().reverse()) {
    const state = reservationState(reservationIdOf(key), await read({ documents: [key] }));
    if (!state) continue;
    found.push(reservationStateView(state));
    for (const part of state.body.parts) if (part.counted !== undefined) add(skuOf(part.key), part.counted);
  }
  return found;
}

/** Adds the sold units of orders that count for the customer. */
async function addSold(
  { read }: ServiceParts,
  orderIds: readonly string[],
  customer: string,
  add: (sku: string, units: number) => void,
): Promise<void> {
  const { documents } = await read({ documents: orderIds.map(orderKey) });
  for (const found of documents) {
    if (!found || !isSold(found.record.list)) continue;
    for (const line of parseOrder(found.record)?.lines ?? []) {
      // Units in committed holds are counted with these holds.
      const units = fulfilledOf(line, found.record.list) - line.returned;
      if (line.countedFor === customer && units > 0) add(lineOf(line), units);
    }
  }
}
