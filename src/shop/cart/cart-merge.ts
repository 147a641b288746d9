import type { CoreRefusal } from '../../domain/refusal.ts';
import type { Step } from '../../domain/steps.ts';
import {
  type CartState,
  type KeptLine,
  type LineState,
  lostLines,
  putCart,
  releaseLine,
  sweepLines,
} from './cart-document.ts';
import { foldHolds, takeHold } from './hold-folding.ts';
import { joinedPrice } from './line-price.ts';
import type { Settings } from '../../contract/settings.ts';
import type { MergeChange, MergeReason, Money } from '../../contract/views.ts';

/** Both carts as one snapshot shows them, and what is known of how much fits. */
export interface MergeView {
  from: CartState;
  to: CartState;
  /** Whom the units count for afterwards. */
  customer: string;
  caps: MergeCaps;
  /** The present price of a SKU that both carts have; undefined where it is not known. */
  price: (sku: string) => Money | null | undefined;
  settings: Settings;
}

export interface MergePlan {
  /** Without those that write down what the merge changed. */
  steps: Step[];
  changes: MergeChange[];
}

interface Cap {
  units: number;
  reason: MergeReason;
}

/** How many units of a SKU the merged line may have, as the store's refusals have told so far. */
export class MergeCaps {
  readonly #caps = new Map<string, Map<MergeReason, number>>();

  of(sku: string): Cap[] {
    return [...(this.#caps.get(sku) ?? [])].map(([reason, units]) => ({ units, reason }));
  }

  /**
   * What the store says is in addition to what the refused step's hold has: nothing for a transfer, since the hold that
   * comes counts for its new customer only then; and a resize asserts what it found.
   */
  learn(refusal: CoreRefusal, step: Step): void {
    const placed = step.kind === 'resize' ? (step.quantity ?? 0) : 0;
    if (refusal.reason === 'limit_exceeded') {
      const { sku, limit, already } = refusal.meta;
      this.#set(sku, 'limit', placed + limit - already);
    } else if (refusal.reason === 'insufficient_stock') {
      for (const { sku, available } of refusal.meta.lines) this.#set(sku, 'stock', placed + available);
    }
  }

  #set(sku: string, reason: MergeReason, units: number): void {
    const caps = this.#caps.get(sku) ?? new Map<MergeReason, number>();
    this.#caps.set(sku, caps.set(reason, units));
  }
}

/** One line that comes: what becomes of its hold, and the line of the merged cart, new or instead of the present one. */
interface Joined {
  steps: Step[];
  changes: MergeChange[];
  line?: KeptLine;
}

/** Null: the other cart has nothing to give, and nothing to tell of. */
export function planMerge(view: MergeView): MergePlan | null {
  const { from, to, settings } = view;
  const [coming, present] = [sweepLines(from), sweepLines(to)];
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

const liveLine = (state: CartState, sku: string): LineState | undefined =>
  state.lines.find((line) => line.sku === sku && line.phase === 'live');

/** Lines of the other cart that had ended already: they are not revived, and its shopper is told. */
function lossesOf(from: CartState, to: CartState): MergeChange[] {
  return lostLines(from).flatMap(({ sku, quantity }) => {
    const held = liveLine(to, sku)?.hold?.quantity ?? 0;
    return quantity === 0 ? [] : [{ sku, from: held + quantity, to: held, reason: 'expired' as const }];
  });
}

function joinLine(view: MergeView, line: LineState, linesSoFar: number): Joined {
  const { from, to, customer, settings } = view;
  const { sku, unitPrice, repriced, holdId, hold } = line;
  if (!hold) return { steps: [], changes: [] };
  const present = liveLine(to, sku);
  const own = present?.hold?.quantity ?? 0;
  const { units, changes } = clamp(view, sku, { own, sum: own + hold.quantity, linesSoFar });
  if (units === own) return { steps: [{ ...releaseLine(from, line), quantity: hold.quantity }], changes };
  const taker = { owner: to.key, customer };
  if (!present?.hold) {
    return { steps: takeHold(hold, units, taker, settings), changes, line: { sku, unitPrice, repriced, holdId } };
  }
  const folded = foldHolds(hold, present.hold, units, taker, settings);
  const price = joinedPrice(present, line, view.price(sku));
  const kept = { sku, unitPrice: price.unitPrice, repriced: price.repriced, holdId: folded.holdId };
  return { steps: folded.steps, changes, line: kept };
}

/** How many units the merged line gets: never fewer than the present one has, whatever has been lowered since. */
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
