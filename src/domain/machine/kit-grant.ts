import type { HoldRecord, StockRecord } from '../records.ts';
import type { HoldCaps } from '../steps.ts';
import { allowedUnits, availableFor, decideGrant, type GrantRequest } from './grant.ts';
import type { KitPart } from './kit-parts.ts';
import { refuseAnonymous, refuseUnadmitted } from './hold-caps.ts';
import type { StepContext, StepRefusal } from './step-context.ts';

/** A request for kits. A part has a hold if the kit's hold exists. */
interface KitRequest extends GrantRequest {
  parts: readonly (KitPart & { hold?: HoldRecord })[];
  /** No component may be backordered. */
  onHandOnly: boolean;
}

/**
 * Returns the caps for a component: only those of the SKU itself. The caps of the shop are for units of one SKU, and a
 * kit of six bottles is one unit.
 */
export const capsOfPart = (caps: HoldCaps | undefined): HoldCaps | undefined => caps && {};

/**
 * Returns the number of granted kits, from `min` to `want`, or the refusal. The scarcest component bounds the number,
 * and so do the limits of the components, and the limit and the caps of the kit.
 */
export function decideKitGrant(context: StepContext, kit: StockRecord, ask: KitRequest): number | StepRefusal {
  const { parts, onHandOnly, caps, client, min } = ask;
  const { assumptions } = context.buffer;
  const given = parts.map(({ perKit, stock }) => kitsOf(context, stock && offered(stock, onHandOnly), perKit));
  const available = Math.min(...given);
  // A client's share in percent is a share of the kits that the components allow, so it depends on their counters.
  const isShared = caps?.clientPercent !== undefined && client !== null;
  if (available < ask.want || isShared) for (const { key } of parts) assumptions.onCounters(key);
  if (available < min) {
    const scarce = parts.filter((_, index) => (given[index] ?? 0) < min).map(({ key }) => key);
    const line = { sku: kit.sku, requested: ask.want, available };
    return { refusal: { reason: 'insufficient_stock', meta: { lines: [line] } }, skus: scarce };
  }
  if (available < ask.want) for (const { key } of parts) assumptions.onReclaimed(key);
  const allowed = allowedKits(context, kit, { ...ask, available });
  if (typeof allowed !== 'number') assumeEnough(context, ask);
  return allowed;
}

/** Returns the kits that the limits and caps allow, from `min` on, or the refusal. */
function allowedKits(
  context: StepContext,
  kit: StockRecord,
  { available, ...ask }: KitRequest & { available: number },
): number | StepRefusal {
  let want = Math.min(available, ask.want);
  for (const part of ask.parts) {
    const units = decidePart(context, { ...ask, want }, part);
    if (typeof units !== 'number') return units;
    want = Math.min(want, Math.floor(units / part.perKit));
  }
  const allowed = allowedUnits(context, { ...kit, onHand: kit.onHand + available }, { ...ask, want });
  if (typeof allowed === 'number' && allowed < want) context.buffer.assumptions.onReclaimed(kit.sku);
  return allowed;
}

/** Records the assumption that each component has enough units. Otherwise the refusal would have another reason. */
function assumeEnough(context: StepContext, { parts, min, onHandOnly }: KitRequest): void {
  for (const { key, perKit, stock } of parts) {
    const units = stock ? availableFor(context, offered(stock, onHandOnly)) : 0;
    context.buffer.assumptions.onFree(key, units - min * perKit);
  }
}

const kitsOf = (context: StepContext, stock: StockRecord | undefined, perKit: number): number =>
  stock ? Math.floor(availableFor(context, stock) / perKit) : 0;

/** Returns the stock, without its backorder limit for a step that may only get units on hand. */
export const offered = (stock: StockRecord, onHandOnly: boolean): StockRecord =>
  onHandOnly && stock.backorderLimit !== null ? { ...stock, backorderLimit: null } : stock;

/** Returns the units of a component that its limits allow, or the refusal. */
function decidePart(
  context: StepContext,
  { min, want, customer, client, caps, onHandOnly }: KitRequest,
  { perKit, stock, hold }: KitRequest['parts'][number],
): number | StepRefusal {
  if (!stock) throw new Error('a component of the kit does not exist');
  const refused = refuseAnonymous(stock, caps, customer) ?? (hold === undefined ? refuseUnadmitted(stock, caps) : null);
  if (refused) return refused;
  return decideGrant(context, offered(stock, onHandOnly), {
    min: min * perKit,
    want: want * perKit,
    customer,
    client,
    caps: capsOfPart(caps),
    uncounted: hold && !hold.counted ? hold.quantity : 0,
    hold: hold ?? null,
  });
}
