import type { CoreRefusal } from '../../domain/refusal.ts';
import type { Step } from '../../domain/steps.ts';
import {
  type CartState,
  type KeptLine,
  type LiveLine,
  liveLine,
  lostLines,
  putCart,
  releaseLine,
  settleEndedLines,
} from './cart-document.ts';
import { foldHolds, toCart } from './hold-folding.ts';
import { joinedPrice } from './line-price.ts';
import type { Settings } from '../../contract/settings.ts';
import type { MergeChange, MergeReason } from '../../contract/cart-outputs.ts';
import type { Money } from '../../contract/output-fields.ts';

/** Both carts in one snapshot, and what is known about how many units fit. */
export interface MergeView {
  from: CartState;
  to: CartState;
  /** The customer in whose count the units are afterwards. */
  customer: string;
  caps: MergeCaps;
  /** Returns the current price of a SKU that both carts have; undefined if it was not read. */
  price: (sku: string) => Money | null | undefined;
  settings: Settings;
}

export interface MergePlan {
  /** Without the step that records `changes`. */
  steps: Step[];
  changes: MergeChange[];
}

interface Cap {
  units: number;
  reason: MergeReason;
}

/** How many units of a SKU the merged line may have, according to the refusals of the store so far. */
export class MergeCaps {
  readonly #caps = new Map<string, Map<MergeReason, number>>();

  of(sku: string): Cap[] {
    return [...(this.#caps.get(sku) ?? [])].map(([reason, units]) => ({ units, reason }));
  }

  /**
   * Reads a cap from a refusal. The store reports units in addition to those that already count: the asserted quantity
   * of a resized hold; none for a transferred hold, which does not count for its new customer yet.
   */
  learn(refusal: CoreRefusal, step: Step): void {
    const already = step.kind === 'resize' ? (step.quantity ?? 0) : 0;
    if (refusal.reason === 'limit_exceeded') {
      const { sku, limit, already: counted } = refusal.meta;
      this.#set(sku, 'limit', already + limit - counted);
    } else if (refusal.reason === 'insufficient_stock') {
      for (const { sku, available } of refusal.meta.lines) this.#set(sku, 'stock', already + available);
    }
  }

  #set(sku: string, reason: MergeReason, units: number): void {
    const caps = this.#caps.get(sku) ?? new Map<MergeReason, number>();
    this.#caps.set(sku, caps.set(reason, units));
  }
}

/** What becomes of one line of the other cart. */
interface JoinedLine {
  steps: Step[];
  changes: MergeChange[];
  /** The line of the merged cart, if this line changes or adds one. */
  line?: KeptLine;
}

/** Returns null if the other cart has neither lines nor losses. */
export function planMerge(view: MergeView): MergePlan | null {
  const { from, to, settings } = view;
  const [coming, present] = [settleEndedLines(from), settleEndedLines(to)];
  if (from.version === null || (coming.live.length === 0 && coming.lost.length === 0)) return null;
  const lines = new Map<string, KeptLine>(present.live.map((line) => [line.sku, line]));
  const changes = lossesOf(from, to);
  const steps = [...coming.steps, ...present.steps];
  for (const line of coming.live) {
    const joined = joinLine(view, line, lines.size);
    steps.push(...joined.steps);
    changes.push(...joined.changes);
    if (joined.line) lines.set(line.sku, joined.line);
  }
  const lost = present.lost.filter(({ sku }) => !lines.has(sku));
  steps.push(...putCart(to, { lines: [...lines.values()], lost, dueInMs: settings.cartTtlMs }));
  steps.push({ kind: 'drop', key: from.key, expect: from.version });
  return { steps, changes };
}

/** Returns the lines of the other cart that have ended. They are not revived, but reported to the shopper. */
function lossesOf(from: CartState, to: CartState): MergeChange[] {
  return lostLines(from).flatMap(({ sku, quantity }) => {
    const held = liveLine(to, sku)?.hold.quantity ?? 0;
    return quantity === 0 ? [] : [{ sku, from: held + quantity, to: held, reason: 'expired' as const }];
  });
}

function joinLine(view: MergeView, line: LiveLine, linesSoFar: number): JoinedLine {
  const { from, to, customer, settings } = view;
  const { sku, hold } = line;
  const present = liveLine(to, sku);
  const own = present?.hold.quantity ?? 0;
  const { units, changes } = clamp(view, sku, { own, sum: own + hold.quantity, linesSoFar });
  if (units === own) return { steps: [{ ...releaseLine(from, line), quantity: hold.quantity }], changes };
  const handOver = toCart(to.key, customer, settings);
  const { steps, holdId } = foldHolds(hold, present?.hold ?? null, units, { handOver, settings });
  const { unitPrice, repriced } = present ? joinedPrice(present, line, view.price(sku)) : line;
  return { steps, changes, line: { sku, unitPrice, repriced, holdId } };
}

/** Returns the units of the merged line: never fewer than the present line has, even if a maximum was lowered since. */
function clamp(
  { caps, settings }: MergeView,
  sku: string,
  { own, sum, linesSoFar }: { own: number; sum: number; linesSoFar: number },
): { units: number; changes: MergeChange[] } {
  const isFull = own === 0 && linesSoFar >= settings.cartLinesMax;
  const bounds: Cap[] = [
    ...(isFull ? [{ units: 0, reason: 'cart_full' as const }] : []),
    { units: settings.lineQuantityMax, reason: 'line_maximum' },
    ...caps.of(sku),
  ];
  const changes: MergeChange[] = [];
  let units = sum;
  for (const cap of bounds) {
    const fitting = Math.max(own, Math.min(units, cap.units));
    if (fitting < units) changes.push({ sku, from: units, to: fitting, reason: cap.reason });
    units = fitting;
  }
  return { units, changes };
}
