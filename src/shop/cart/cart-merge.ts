import type { CoreRefusal, CoreReason } from '../../domain/refusal.ts';
import type { Step, PutStep } from '../../domain/steps.ts';
import {
  type CartState,
  type KeptLine,
  type LiveLine,
  liveLine,
  lostLines,
  putCart,
  releaseLine,
  settleEndedLines,
  joinedPrice,
  cartState,
  currentPrice,
  cartView,
} from './cart-document.ts';
import { giveAdmissions } from './sku-admission.ts';
import { foldHolds, toCart } from './hold-folding.ts';
import type { Settings } from '../../contract/settings.ts';
import type { MergeChange, MergeReason, CartMerge } from '../../contract/cart-outputs.ts';
import type { Money } from '../../contract/output-fields.ts';
import type { CallerCaps } from '../stock/caller-caps.ts';
import type { ServiceParts } from '../stock/service-parts.ts';
import { REQUEST_LONG_PERIOD_MS, REQUEST_SHORT_PERIOD_MS } from '../../domain/limits.ts';
import { cartMarker } from './cart-lines.ts';
import { newId } from '../../transact/ids.ts';
import { type Call, invalid, ok, type Result } from '../../contract/call.ts';
import type { CartMergeInput } from '../../contract/library-inputs.ts';
import { cartKey, mergeKey } from '../../transact/names.ts';
import type { Decision, Effect } from '../../transact/mutation.ts';

/** Both carts in one snapshot, and what is known about how many units fit. */
interface MergeView {
  from: CartState;
  to: CartState;
  /** The customer in whose count the units are afterwards. */
  customer: string;
  callerCaps: CallerCaps;
  caps: MergeCaps;
  /** Returns the current price of a SKU that both carts have; undefined if it was not read. */
  price: (sku: string) => Money | null | undefined;
  /** Returns whether a SKU is protected. So is one that was not read, because a line was added concurrently. */
  isProtected: (sku: string) => boolean;
  settings: Settings;
}

interface MergePlan {
  /** Without the step that records `changes`. */
  steps: Step[];
  changes: MergeChange[];
}

interface MergeCap {
  units: number;
  reason: MergeReason;
}

/** How many units of a SKU the merged line may have, according to the refusals of the store so far. */
class MergeCaps {
  readonly #caps = new Map<string, Map<MergeReason, number>>();

  of(sku: string): MergeCap[] {
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
    } else if (refusal.reason === 'hold_cap') {
      const { sku, limit, held } = refusal.meta;
      this.#set(sku, 'hold_cap', already + limit - held);
    } else if (refusal.reason === 'customer_required') {
      this.#set(refusal.meta.sku, 'hold_cap', already);
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
function planMerge(view: MergeView): MergePlan | null {
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
  if (coming.live.some(({ sku }) => view.isProtected(sku))) steps.push(giveAdmissions(from.cartId));
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
  const { from, to, customer, callerCaps, settings } = view;
  const { sku, hold } = line;
  const present = liveLine(to, sku);
  const own = present?.hold.quantity ?? 0;
  const { units, changes } = clamp(view, sku, { own, sum: own + hold.quantity, linesSoFar });
  if (units === own) return { steps: [{ ...releaseLine(from, line), quantity: hold.quantity }], changes };
  const handOver = toCart(to.key, customer, { settings, callerCaps });
  const { steps, holdId } = foldHolds(hold, present?.hold ?? null, units, { handOver, settings, callerCaps });
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
  const bounds: MergeCap[] = [
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

/** Each of the first four reports how many units of one SKU fit. */
const STALE_MERGE: readonly CoreReason[] = [
  'limit_exceeded',
  'insufficient_stock',
  'hold_cap',
  'customer_required',
  'hold_not_active',
  'unknown_hold',
];

/** Merges another session's cart into the caller's, in one transaction over both carts and all holds of the other. */
export async function mergeCarts(
  parts: ServiceParts,
  { input, call, cartId }: { input: CartMergeInput; call: Call; cartId: string },
): Promise<Result<CartMerge>> {
  const { from } = input;
  const { customer } = call.caller;
  const { transactor, settings, capsOf, now } = parts;
  if (from.cartId === cartId) return invalid('fromSessionId', 'is the session that it would be merged into');
  if (from.customer !== null && from.customer !== customer) {
    return invalid('fromSessionId', 'is the session of another customer');
  }
  const [key, fromKey] = [cartKey(cartId), cartKey(from.cartId)];
  const caps = new MergeCaps();
  let known: MergedSkus | null = null;
  return transactor.run({
    procedure: 'cart.merge',
    lockKeys: [key, fromKey],
    input,
    call,
    reference: from.cartId,
    reads: async () => {
      // Once per call, because each limited line may take an attempt. `joinedPrice` has a rule for a line that is added
      // later.
      const { both: skus } = (known ??= await skusOf(parts, cartId, from.cartId));
      return { documents: [key, fromKey], ...(skus.length > 0 ? { skus } : {}) };
    },
    compose: (view, refused, step) => {
      if (refused && step) caps.learn(refused, step);
      const [to, other] = [cartState(cartId, view), cartState(from.cartId, view, 1)];
      const price = (sku: string) => currentPrice(view, sku);
      const isProtected = (sku: string) => !known?.open.has(sku);
      const callerCaps = capsOf(call.caller);
      const merge = { from: other, to, customer: customer ?? key, callerCaps, caps, price, isProtected, settings };
      return decideMerge(merge, call, now());
    },
    retryOn: STALE_MERGE,
    attemptsMax: MERGE_ATTEMPTS_MAX,
    answer: (effect) => mergeAnswer(parts, cartId, effect),
  });
}

interface MergedSkus {
  /** The SKUs that both carts have, because joined lines may need the current price. */
  both: string[];
  /** The SKUs of the other cart that are not protected. */
  open: ReadonlySet<string>;
}

async function skusOf({ read }: ServiceParts, cartId: string, fromCartId: string): Promise<MergedSkus> {
  const view = await read({ documents: [cartKey(cartId), cartKey(fromCartId)] });
  const own = new Set(cartState(cartId, view).lines.map(({ sku }) => sku));
  const coming = [...new Set(cartState(fromCartId, view, 1).lines.map(({ sku }) => sku))];
  const { stock } = coming.length > 0 ? await read({ skus: coming }) : { stock: [] };
  const open = stock.flatMap((record) => (record && !record.protected ? [record.sku] : []));
  return { both: coming.filter((sku) => own.has(sku)), open: new Set(open) };
}

/** Each limited line may take one attempt, and concurrent changes of the carts a few more. */
const MERGE_ATTEMPTS_MAX = 256;

function decideMerge(view: MergeView, call: Call, now: number): Decision<CartMerge> {
  const plan = planMerge(view);
  if (!plan) {
    const cart = cartView(view.to, view.settings.cartTtlMs);
    return { unchanged: { cart, changes: [] }, noopStep: cartMarker(view.to) };
  }
  if (plan.changes.length === 0) return { steps: plan.steps, address: null };
  const mergeId = newId('mrg_', now);
  return { steps: [...plan.steps, putChanges(mergeId, plan, call)], address: null, effectReference: mergeId };
}

/** Records what the merge changed for as long as the call may be repeated, because the carts do not show it. */
function putChanges(mergeId: string, { changes }: MergePlan, { idempotencyKey }: Call): PutStep {
  const periodMs = idempotencyKey === undefined ? REQUEST_SHORT_PERIOD_MS : REQUEST_LONG_PERIOD_MS;
  return {
    kind: 'put',
    key: mergeKey(mergeId),
    expect: 'absent',
    body: JSON.stringify(changes),
    dueInMs: 2 * periodMs,
  };
}

async function mergeAnswer(
  { read, settings }: ServiceParts,
  cartId: string,
  { reference }: Effect,
): Promise<Result<CartMerge>> {
  const documents = [cartKey(cartId), ...(reference === null ? [] : [mergeKey(reference)])];
  const view = await read({ documents });
  const body = view.documents[1]?.record.body ?? '[]';
  return ok({
    cart: cartView(cartState(cartId, view), settings.cartTtlMs),
    changes: JSON.parse(body) as MergeChange[],
  });
}
