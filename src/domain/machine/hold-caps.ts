import { KNOWN_CUSTOMER_PREFIX } from '../limits.ts';
import type { HoldRecord, StockRecord } from '../records.ts';
import { skuOf } from '../stock-keys.ts';
import type { HoldCaps } from '../steps.ts';
import { countedClient, countedCustomer, heldBy } from './held-counts.ts';
import { refuseStep, type StepContext, type StepRefusal } from './step-context.ts';
import { countKey } from './write-buffer.ts';

/** The holder of the requested units: the customer and the client, and the hold if it exists already. */
export interface Holding {
  customer: string;
  client: string | null;
  hold: HoldRecord | null;
  caps: HoldCaps | undefined;
}

/** The units that a holder may have (`limit`) and has (`held`), at all locations of the SKU. */
export interface Cap {
  limit: number;
  held: number;
  /** The limit in percent of the units on hand and of the backorder limit; null for a fixed number. */
  percent: number | null;
  /** Units on hand at other locations, which the percentage includes. */
  elsewhere: number;
}

/** Returns how many units one customer may hold; null: any number. The SKU's own setting takes precedence. */
const unitsMaxOf = ({ holdUnitsMax }: StockRecord, { unitsMax }: HoldCaps): number | null =>
  holdUnitsMax ?? unitsMax ?? null;

/** Returns whether a cap of the step or of the SKU is in force for a hold of this client. */
export function isCapped(stock: StockRecord, caps: HoldCaps | undefined, client: string | null): boolean {
  if (caps === undefined) return false;
  return unitsMaxOf(stock, caps) !== null || (caps.clientPercent !== undefined && client !== null);
}

/** Returns the caps that are in force, that of the customer first. */
export function capsInForce(context: StepContext, stock: StockRecord, holding: Holding): Cap[] {
  const { customer, client, hold, caps = {} } = holding;
  const own = hold?.quantity ?? 0;
  const heldOf = (holder: string, counted: string | null): number => {
    const name = heldBy(holder);
    return context.buffer.counts.get(countKey(name, stock.sku)) + (name === counted ? 0 : own);
  };
  const inForce: Cap[] = [];
  const unitsMax = unitsMaxOf(stock, caps);
  if (unitsMax !== null) {
    const held = (caps.heldElsewhere ?? 0) + heldOf(customer, hold && countedCustomer(hold));
    inForce.push({ limit: unitsMax, held, percent: null, elsewhere: 0 });
  }
  const { clientPercent: percent, clientResting = 0, onHandElsewhere: elsewhere = 0 } = caps;
  if (percent !== undefined && client !== null) {
    const held = clientResting + heldOf(client, hold && countedClient(hold));
    inForce.push({ limit: shareOf(sellableOf(stock) + elsewhere, percent), held, percent, elsewhere });
  }
  return inForce;
}

/** Returns the units on hand, and those that may be backordered. */
const sellableOf = ({ onHand, backorderLimit }: StockRecord): number => onHand + (backorderLimit ?? 0);

const shareOf = (units: number, percent: number): number => Math.max(1, Math.floor((units * percent) / 100));

/**
 * Records the assumption about the units on hand under which a cap allows its holder `units` in total. If the cap has
 * reduced the grant (`isCut`), more units on hand would change the decision too.
 */
export function assumeAllowed(
  { buffer }: StepContext,
  stock: StockRecord,
  { limit, percent, elsewhere }: Cap,
  { units, isCut }: { units: number; isCut: boolean },
): void {
  if (percent === null) return;
  const { sku } = stock;
  if (isCut && units === limit) buffer.assumptions.onCounters(sku);
  // A client may have one unit whatever the units on hand are.
  else if (units > 1) {
    buffer.assumptions.onOnHand(sku, sellableOf(stock) + elsewhere - Math.ceil((units * 100) / percent));
  }
}

/** Returns the refusal by a cap. It is final only if no overdue hold of the SKU remains, because those still count. */
export function holdCapped({ buffer }: StepContext, key: string, { limit, held, percent }: Cap): StepRefusal {
  if (percent !== null) buffer.assumptions.onCounters(key);
  return { refusal: { reason: 'hold_cap', meta: { sku: skuOf(key), limit, held } }, skus: [key] };
}

/** Returns the refusal of an anonymous customer by a SKU that requires a named one; null if there is none. */
export function refuseAnonymous(
  { sku, requiresCustomer }: StockRecord,
  caps: HoldCaps | undefined,
  customer: string,
): StepRefusal | null {
  if (!requiresCustomer || caps === undefined || customer.startsWith(KNOWN_CUSTOMER_PREFIX)) return null;
  return refuseStep({ reason: 'customer_required', meta: { sku: skuOf(sku) } });
}

/** Returns the refusal of a new hold by a protected SKU, unless its holder was admitted; null if there is none. */
export function refuseUnadmitted(stock: StockRecord, caps: HoldCaps | undefined): StepRefusal | null {
  if (!stock.protected || caps === undefined || caps.admitted) return null;
  return refuseStep({ reason: 'admission_required', meta: { sku: skuOf(stock.sku) } });
}
