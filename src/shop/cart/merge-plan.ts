import type { CoreRefusal } from '../../domain/refusal.ts';
import type { Step } from '../../domain/steps.ts';
import {
  type CartState,
  type KeptLine,
  type LiveLine,
  liveParts,
  unitsOfParts,
  lostLines,
  putCart,
  releaseLine,
  settleEndedLines,
  joinedPrice,
} from './cart-document.ts';
import { giveAdmissions } from './sku-admission.ts';
import { foldHolds, toCart } from './hold-folding.ts';
import type { Settings } from '../../contract/settings.ts';
import type { MergeChange, MergeReason } from '../../contract/outputs/cart-outputs.ts';
import type { Money } from '../../contract/output-fields.ts';
import { countLines, groupByLine, isOfLine, lineOf, type LineParts, sumOf } from '../line/line-parts.ts';
import { type CallerCaps, withHeldElsewhere } from '../stock/supply/caller-caps.ts';

/** Both carts in one snapshot, and what is known about how many units fit. */
export interface MergeView {
  from: CartState;
  to: CartState;
  /** The customer whose count has the units afterwards. */
  customer: string;
  callerCaps: CallerCaps;
  caps: MergeCaps;
  /** Returns the current price of a SKU that both carts have; undefined if it was not read. */
  price: (sku: string) => Money | null | undefined;
  /**
   * Returns whether a SKU is protected. A SKU that was not read, because its line was added concurrently, counts as
   * protected.
   */
  isProtected: (sku: string) => boolean;
  settings: Settings;
}

export interface MergePlan {
  /** Without the step that records `changes`. */
  steps: Step[];
  changes: MergeChange[];
}

interface MergeCap {
  units: number;
  reason: MergeReason;
}

/** The most units that a part of a merged line may have, according to the refusals of the store so far. */
export class MergeCaps {
  readonly #caps = new Map<string, Map<MergeReason, number>>();

  /** `part`: the key of its stock. */
  of(part: string): MergeCap[] {
    return [...(this.#caps.get(part) ?? [])].map(([reason, units]) => ({ units, reason }));
  }

  /**
   * Reads a cap of a part from a refusal. The store reports units in addition to those that already count: the asserted
   * quantity of a resized hold; none for a transferred hold, which does not count for its new customer yet.
   */
  learn(part: string, refusal: CoreRefusal, step: Step): void {
    const already = step.kind === 'resize' ? (step.quantity ?? 0) : 0;
    if (refusal.reason === 'limit_exceeded') {
      const { limit, already: counted } = refusal.meta;
      this.#set(part, 'limit', already + limit - counted);
    } else if (refusal.reason === 'hold_cap') {
      const { limit, held } = refusal.meta;
      this.#set(part, 'hold_cap', already + limit - held);
    } else if (refusal.reason === 'customer_required') {
      this.#set(part, 'hold_cap', already);
    } else if (refusal.reason === 'insufficient_stock') {
      for (const { sku, available } of refusal.meta.lines) this.#set(sku, 'stock', already + available);
    }
  }

  #set(part: string, reason: MergeReason, units: number): void {
    const caps = this.#caps.get(part) ?? new Map<MergeReason, number>();
    this.#caps.set(part, caps.set(reason, units));
  }
}

/** A part of the merged cart. */
interface MergedPart extends KeptLine {
  units: number;
}

/** Returns null if the other cart has neither lines nor losses. */
export function planMerge(view: MergeView): MergePlan | null {
  const { from, to, settings } = view;
  const [coming, present] = [settleEndedLines(from), settleEndedLines(to)];
  if (from.version === null || (coming.live.length === 0 && coming.lost.length === 0)) return null;
  const merged = new Map<string, MergedPart>(
    present.live.map((part) => [part.sku, { ...part, units: part.hold.quantity }]),
  );
  const changes = lossesOf(from, to);
  const steps = [...coming.steps, ...present.steps];
  for (const parts of groupByLine(coming.live)) {
    const joined = joinLine(view, parts, merged);
    steps.push(...joined.steps);
    changes.push(...joined.changes);
  }
  const lines = [...merged.values()];
  const lost = present.lost.filter(({ sku }) => !lines.some(isOfLine(sku)));
  steps.push(...putCart(to, { lines, lost, dueInMs: settings.cartTtlMs }));
  steps.push({ kind: 'drop', key: from.key, expect: from.version });
  if (coming.live.some(({ sku }) => view.isProtected(sku))) steps.push(giveAdmissions(from.cartId));
  return { steps, changes };
}

/** Returns the lines of the other cart that have ended. They are not revived, but reported to the shopper. */
function lossesOf(from: CartState, to: CartState): MergeChange[] {
  return lostLines(from).flatMap(({ sku, quantity }) => {
    const held = unitsOfParts(liveParts(to, sku));
    return quantity === 0 ? [] : [{ sku, from: held + quantity, to: held, reason: 'expired' as const }];
  });
}

/** Joins a line of the other cart, part by part, to the parts that the merged cart has so far. */
function joinLine(view: MergeView, parts: LineParts<LiveLine>, merged: Map<string, MergedPart>): MergePlan {
  const sku = lineOf(parts[0]);
  const present = [...merged.values()].filter(isOfLine(sku));
  const own = sumOf(present, ({ units }) => units);
  const bounds = lineBounds(view, present.length === 0 && countLines(merged.values()) >= view.settings.cartLinesMax);
  const { units, changes } = clamp(sku, { own, sum: own + unitsOfParts(parts) }, bounds);
  const steps: Step[] = [];
  let [left, total] = [units - own, units];
  for (const part of parts) {
    const units = Math.min(left, part.hold.quantity);
    left -= units;
    const joined = joinPart(view, part, { merged, units, total });
    total = joined.total;
    steps.push(...joined.steps);
    changes.push(...joined.changes);
  }
  if (total === own) return { steps, changes };
  const [kept = parts[0]] = present;
  const { unitPrice, repriced } = present.length > 0 ? joinedPrice(kept, parts[0], view.price(sku)) : parts[0];
  for (const part of merged.values()) if (lineOf(part) === sku) Object.assign(part, { unitPrice, repriced });
  return { steps, changes };
}

/** Joins `units` of a part. `total`: the units of its line with them. */
function joinPart(
  view: MergeView,
  part: LiveLine,
  { merged, units: fitting, total }: { merged: Map<string, MergedPart>; units: number; total: number },
): MergePlan & { total: number } {
  const { from, to, customer, settings } = view;
  const { sku: key, hold } = part;
  const sku = lineOf(part);
  const present = merged.get(key);
  const own = present?.units ?? 0;
  const elsewhere = total - own - fitting;
  const { units, changes } = clamp(sku, { own, sum: own + fitting, elsewhere }, view.caps.of(key));
  const cut = own + fitting - units;
  if (units === own) {
    return { steps: [{ ...releaseLine(from, part), quantity: hold.quantity }], changes, total: total - cut };
  }
  const heldElsewhere = customer === to.key ? unitsElsewhere(merged, part) : 0;
  const callerCaps = withHeldElsewhere(view.callerCaps, heldElsewhere);
  const handOver = toCart(to.key, customer, { settings, callerCaps });
  const presentHold = to.lines.find(({ holdId }) => holdId === present?.holdId)?.hold ?? null;
  const { steps, holdId } = foldHolds(hold, presentHold, units, { handOver, settings, callerCaps });
  merged.set(key, { ...part, ...present, holdId, units });
  return { steps, changes, total: total - cut };
}

const unitsElsewhere = (merged: ReadonlyMap<string, MergedPart>, part: LiveLine): number =>
  sumOf(
    [...merged.values()].filter((each) => each.sku !== part.sku && lineOf(each) === lineOf(part)),
    ({ units }) => units,
  );

const lineBounds = ({ settings }: MergeView, isFull: boolean): MergeCap[] => [
  ...(isFull ? [{ units: 0, reason: 'cart_full' as const }] : []),
  { units: settings.lineQuantityMax, reason: 'line_maximum' },
];

/**
 * Returns how many of `sum` units fit: never fewer than the merged cart has already, even if a maximum was lowered
 * since. The bounds do not include the units `elsewhere`; the reported changes do.
 */
function clamp(
  sku: string,
  { own, sum, elsewhere = 0 }: { own: number; sum: number; elsewhere?: number },
  bounds: readonly MergeCap[],
): { units: number; changes: MergeChange[] } {
  const changes: MergeChange[] = [];
  let units = sum;
  for (const cap of bounds) {
    const fitting = Math.max(own, Math.min(units, cap.units));
    if (fitting < units) {
      changes.push({ sku, from: elsewhere + units, to: elsewhere + fitting, reason: cap.reason });
    }
    units = fitting;
  }
  return { units, changes };
}
