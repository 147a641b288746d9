import { NEVER_AT } from '../limits.ts';
import { partHoldId } from '../kits.ts';
import { isSamePrice } from '../money.ts';
import type { HoldRecord, StockRecord } from '../records.ts';
import type { HoldCaps, ReserveStep, ResizeStep } from '../steps.ts';
import { decideGrant, isCounted } from './grant.ts';
import { isCapped, refuseAnonymous, refuseUnadmitted } from './hold-caps.ts';
import { capsOfPart, decideKitGrant, offered } from './kit-grant.ts';
import { assemble, backorderedKits, type HoldPart, kitParts, partHolds } from './kit-parts.ts';
import { type LiveHold, findLiveHold } from './live-hold.ts';
import {
  conflict,
  coveredUnits,
  move,
  noteGranted,
  refuseStep,
  type StepContext,
  type StepRefusal,
  type StepResult,
  unknownSku,
} from './step-context.ts';

/** The steps that take units from the stock. */

export function performReserve(context: StepContext, step: ReserveStep): StepResult {
  const { holdId, sku, caps, customer } = step;
  const before = context.buffer.stock.get(sku);
  if (!before) return unknownSku(sku);
  if (!hasPrice(before, step)) return conflict(`stock:${sku}`);
  const expiresAt = newDeadline(context, step);
  if (expiresAt === null) return conflict(`hold:${holdId}`);
  if (context.buffer.holds.get(holdId, context.hasNewHolds))
    return refuseStep({ reason: 'hold_exists', meta: { holdId } });
  const refused = refuseAnonymous(before, caps, customer) ?? refuseUnadmitted(before, caps);
  if (refused) return refused;
  const granted = decideReserve(context, step, before);
  if (typeof granted !== 'number') return granted;
  const backordered =
    before.components === null
      ? addHold(context, step, caps, { stock: before, quantity: granted, expiresAt })
      : addKitHold(context, step, { stock: before, quantity: granted, expiresAt });
  noteGranted(context, granted, backordered);
  return null;
}

/** Returns the deadline of a new hold; null if it has passed. */
function newDeadline({ at, buffer }: StepContext, { ttlMs, until }: ReserveStep): number | null {
  if (until === undefined) return ttlMs === null ? NEVER_AT : at + ttlMs;
  buffer.assumptions.onBefore(until, until > at);
  return until > at ? until : null;
}

function hasPrice(stock: StockRecord, { unitPrice }: ReserveStep | ResizeStep): boolean {
  return unitPrice === undefined || isSamePrice(stock.unitPrice, unitPrice);
}

function decideReserve(context: StepContext, step: ReserveStep, stock: StockRecord): number | StepRefusal {
  const { min, want, customer, client = null, caps, onHandOnly = false } = step;
  const ask = { min, want, customer, client, caps, uncounted: 0, hold: null };
  const parts = kitParts(context, stock);
  if (parts) return decideKitGrant(context, stock, { ...ask, parts, onHandOnly });
  return decideGrant(context, offered(stock, onHandOnly), ask);
}

/** A hold to create. */
interface NewHold {
  stock: StockRecord;
  quantity: number;
  expiresAt: number;
}

/** Creates a hold. Returns its backordered units. Default: the units that the SKU does not have on hand. */
function addHold(
  context: StepContext,
  step: ReserveStep,
  caps: HoldCaps | undefined,
  { stock, quantity, expiresAt }: NewHold,
  backordered = quantity - coveredUnits(context, stock, quantity),
): number {
  const { holdId, owner, customer, client = null, ageMs = 0 } = step;
  const { sku } = stock;
  const counted = isCounted(customer, stock.limitPerCustomer);
  const hold: HoldRecord = {
    holdId,
    sku,
    quantity,
    state: 'held',
    expiresAt,
    createdAt: context.at - ageMs,
    owner,
    customer,
    counted,
    client,
    capped: isCapped(stock, caps, client),
    backordered,
    version: context.sequence,
    endedAt: null,
  };
  if (counted) context.buffer.addToCount(customer, sku, quantity);
  move(context, { kind: 'reserved', quantity, before: stock, hold });
  return backordered;
}

/** Creates the hold of a kit and its part holds. Returns its backordered kits. */
function addKitHold(context: StepContext, step: ReserveStep, { stock: kit, quantity, expiresAt }: NewHold): number {
  const parts = (kitParts(context, kit) ?? []).map(({ stock, perKit }, index) => {
    if (!stock) throw new Error(`a component of the kit ${kit.sku} does not exist`);
    const part = { ...step, holdId: partHoldId(step.holdId, index) };
    return {
      perKit,
      backordered: addHold(context, part, capsOfPart(step.caps), { stock, quantity: quantity * perKit, expiresAt }),
    };
  });
  const backordered = backorderedKits(parts);
  const stock = assemble(context, kit, quantity - backordered);
  return addHold(context, step, step.caps, { stock, quantity, expiresAt }, backordered);
}

export function performResize(context: StepContext, step: ResizeStep): StepResult {
  const live = findLiveHold(context, step, { mayBeCommitted: true });
  if ('refusal' in live) return live;
  if (!hasPrice(live.stock, step)) return conflict(`stock:${live.stock.sku}`);
  const parts = partHolds(context, live);
  const delta = decideResize(context, step, { live, parts });
  if (typeof delta !== 'number') return delta;
  const backordered =
    delta === 0
      ? live.hold.backordered
      : parts.length === 0
        ? resize(context, step.caps, live, delta)
        : resizeKit(context, step, { live, parts, delta });
  noteGranted(context, delta, backordered);
  return null;
}

/**
 * Changes the quantity of a hold by `delta`. Returns its backordered units, by default as the units on hand require.
 */
function resize(
  context: StepContext,
  caps: HoldCaps | undefined,
  { hold, stock: before }: LiveHold,
  delta: number,
  backordered = Math.max(0, hold.backordered + backorderedBy(context, before, delta)),
): number {
  const quantity = hold.quantity + delta;
  // Sold units that did not count toward the limit never begin to count, because their order records that they do not.
  const mayCount = hold.state !== 'committed' && isCounted(hold.customer, before.limitPerCustomer);
  const counted = hold.counted || mayCount;
  if (counted) context.buffer.addToCount(hold.customer, hold.sku, hold.counted ? delta : quantity);
  const capped = hold.capped || isCapped(before, caps, hold.client);
  const kind = hold.state === 'committed' ? 'recommitted' : 'resized';
  move(context, { kind, quantity: delta, before, hold: { ...hold, quantity, counted, capped, backordered } });
  return backordered;
}

/** Returns the change of the backordered units when a hold changes by `delta`. Backordered units are removed first. */
const backorderedBy = (context: StepContext, stock: StockRecord, delta: number): number =>
  delta < 0 ? delta : delta - coveredUnits(context, stock, delta);

function resizeKit(
  context: StepContext,
  step: ResizeStep,
  { live, parts, delta }: { live: LiveHold; parts: readonly HoldPart[]; delta: number },
): number {
  const backordered = backorderedKits(
    parts.map((part) => ({
      perKit: part.perUnit,
      backordered: resize(context, capsOfPart(step.caps), part, delta * part.perUnit),
    })),
  );
  const { hold, stock } = live;
  const assembled = delta + hold.backordered - backordered;
  const grown = assemble(context, stock, Math.max(0, assembled));
  resize(context, step.caps, { hold, stock: grown }, delta, backordered);
  assemble(context, context.buffer.stock.get(stock.sku) ?? grown, Math.min(0, assembled));
  return backordered;
}

function decideResize(
  context: StepContext,
  step: ResizeStep,
  { live: { hold, stock }, parts }: { live: LiveHold; parts: readonly HoldPart[] },
): number | StepRefusal {
  const { min, want } =
    'to' in step.change
      ? { min: step.change.to - hold.quantity, want: step.change.to - hold.quantity }
      : step.change.by;
  if (hold.quantity + want > step.quantityMax) {
    return refuseStep({ reason: 'quantity_limit', meta: { limit: step.quantityMax } });
  }
  if (want <= 0) return want;
  const { caps, onHandOnly = false } = step;
  const refused = refuseAnonymous(stock, caps, hold.customer);
  if (refused) return refused;
  if (parts.length === 0) {
    const limited = limitedStock({ hold, stock });
    return decideGrant(context, offered(limited, onHandOnly), moreOf(hold, { min, want, caps }));
  }
  return decideKitGrant(context, limitedStock({ hold, stock }), {
    ...moreOf(hold, { min, want, caps }),
    onHandOnly,
    parts: parts.map((part) => ({
      key: part.stock.sku,
      perKit: part.perUnit,
      stock: limitedStock(part),
      hold: part.hold,
    })),
  });
}

/** Returns the stock, without its limit if the units of the hold were sold without counting toward it. */
const limitedStock = ({ hold, stock }: LiveHold): StockRecord =>
  hold.state === 'committed' && !hold.counted ? { ...stock, limitPerCustomer: null } : stock;

/** Returns the request for more units of a hold. */
const moreOf = (hold: HoldRecord, { min, want, caps }: { min: number; want: number; caps: HoldCaps | undefined }) => ({
  min,
  want,
  caps,
  customer: hold.customer,
  client: hold.client,
  uncounted: hold.counted ? 0 : hold.quantity,
  hold,
});
