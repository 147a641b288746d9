import type { CoreReason, CoreRefusal } from '../../domain/refusal.ts';
import type { PutStep, Step } from '../../domain/steps.ts';
import { type CartState, cartState, currentPrice, cartView } from './cart-document.ts';
import type { MergeChange, CartMerge } from '../../contract/outputs/cart-outputs.ts';
import { lineOf } from '../line/line-parts.ts';
import { MergeCaps, type MergePlan, type MergeView, planMerge } from './merge-plan.ts';
import type { ServiceParts } from '../stock/supply/service-parts.ts';
import { REQUEST_LONG_PERIOD_MS, REQUEST_SHORT_PERIOD_MS } from '../../domain/limits.ts';
import { cartMarker } from './cart-lines.ts';
import type { Ids } from '../../transact/documents/ids.ts';
import { type Call, invalid, ok, type Result } from '../../contract/calls/call.ts';
import type { CartMergeInput } from '../../contract/inputs/library-inputs.ts';
import { cartKey, mergeKey } from '../../transact/documents/names.ts';
import type { Decision, Effect } from '../../transact/mutation.ts';

/** The refusals after which a merge is composed again. Each of the first four reports how many units of one SKU fit. */
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
  const { transactor, settings, capsOf, ids } = parts;
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
      const [to, other] = [cartState(cartId, view), cartState(from.cartId, view, 1)];
      if (refused && step) learnCap(caps, { refused, step, carts: [to, other] });
      const price = (sku: string) => currentPrice(view, sku);
      const isProtected = (sku: string) => !known?.open.has(sku);
      const callerCaps = capsOf(call.caller);
      const merge = { from: other, to, customer: customer ?? key, callerCaps, caps, price, isProtected, settings };
      return decideMerge(merge, call, ids);
    },
    retryOn: STALE_MERGE,
    attemptsMax: MERGE_ATTEMPTS_MAX,
    answer: (effect) => mergeAnswer(parts, cartId, effect),
  });
}

interface RefusedMerge {
  refused: CoreRefusal;
  step: Step;
  carts: CartState[];
}

function learnCap(caps: MergeCaps, { refused, step, carts }: RefusedMerge): void {
  const holdId = 'holdId' in step ? step.holdId : null;
  const part = carts.flatMap(({ lines }) => lines).find((line) => line.holdId === holdId);
  if (part) caps.learn(part.sku, refused, step);
}

interface MergedSkus {
  /** The stock of the lines that both carts have, because joined lines may need the current price. */
  both: string[];
  /** The stock of the other cart that is not protected. */
  open: ReadonlySet<string>;
}

async function skusOf({ read }: ServiceParts, cartId: string, fromCartId: string): Promise<MergedSkus> {
  const view = await read({ documents: [cartKey(cartId), cartKey(fromCartId)] });
  const own = new Set(cartState(cartId, view).lines.map(lineOf));
  const coming = [...new Set(cartState(fromCartId, view, 1).lines.map(({ sku }) => sku))];
  const { stock } = coming.length > 0 ? await read({ skus: coming }) : { stock: [] };
  const open = stock.flatMap((record) => (record && !record.protected ? [record.sku] : []));
  return { both: coming.filter((sku) => own.has(lineOf({ sku }))), open: new Set(open) };
}

/** Each limited line may take one attempt, and concurrent changes of the carts a few more. */
const MERGE_ATTEMPTS_MAX = 256;

function decideMerge(view: MergeView, call: Call, ids: Ids): Decision<CartMerge> {
  const plan = planMerge(view);
  if (!plan) {
    const cart = cartView(view.to, view.settings.cartTtlMs);
    return { unchanged: { cart, changes: [] }, noopStep: cartMarker(view.to) };
  }
  if (plan.changes.length === 0) return { steps: plan.steps, address: null };
  const mergeId = ids.newId('mrg_');
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
