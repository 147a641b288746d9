import type { ServiceParts } from '../stock/service-parts.ts';
import { REQUEST_LONG_PERIOD_MS, REQUEST_SHORT_PERIOD_MS } from '../../domain/limits.ts';
import type { CoreReason } from '../../domain/refusal.ts';
import type { PutStep } from '../../domain/steps.ts';
import { cartState } from './cart-document.ts';
import { cartMarker } from './cart-lines.ts';
import { MergeCaps, type MergePlan, type MergeView, planMerge } from './cart-merge.ts';
import { cartView } from './cart-view.ts';
import { newId } from '../../transact/ids.ts';
import type { Call } from '../../contract/call.ts';
import type { CartMergeInput } from '../../contract/library-inputs.ts';
import { currentPrice } from './line-price.ts';
import { cartKey, mergeKey } from '../../transact/names.ts';
import { invalid, ok, type Result } from '../../contract/refusals.ts';
import type { Decision, Effect } from '../../transact/mutation.ts';
import type { CartMerge, MergeChange } from '../../contract/cart-outputs.ts';

/** Each of the first two reports how many units of one SKU fit. */
const STALE_MERGE: readonly CoreReason[] = ['limit_exceeded', 'insufficient_stock', 'hold_not_active', 'unknown_hold'];

/** Merges another session's cart into the caller's, in one transaction over both carts and all holds of the other. */
export async function mergeCarts(
  parts: ServiceParts,
  { input, call, cartId }: { input: CartMergeInput; call: Call; cartId: string },
): Promise<Result<CartMerge>> {
  const { from } = input;
  const { customer } = call.caller;
  const { transactor, settings, now } = parts;
  if (from.cartId === cartId) return invalid('fromSessionId', 'is the session that it would be merged into');
  if (from.customer !== null && from.customer !== customer) {
    return invalid('fromSessionId', 'is the session of another customer');
  }
  const [key, fromKey] = [cartKey(cartId), cartKey(from.cartId)];
  const caps = new MergeCaps();
  let both: string[] | null = null;
  return transactor.run({
    procedure: 'cart.merge',
    lockKeys: [key, fromKey],
    input,
    call,
    reference: from.cartId,
    reads: async () => {
      // Once per call, because each limited line may take an attempt. `joinedPrice` has a rule for a line that is added
      // later.
      both ??= await skusOfBoth(parts, cartId, from.cartId);
      return { documents: [key, fromKey], ...(both.length > 0 ? { skus: both } : {}) };
    },
    compose: (view, refused, step) => {
      if (refused && step) caps.learn(refused, step);
      const [to, other] = [cartState(cartId, view), cartState(from.cartId, view, 1)];
      const price = (sku: string) => currentPrice(view, sku);
      return decideMerge({ from: other, to, customer: customer ?? key, caps, price, settings }, call, now());
    },
    retryOn: STALE_MERGE,
    attemptsMax: MERGE_ATTEMPTS_MAX,
    answer: (effect) => mergeAnswer(parts, cartId, effect),
  });
}

/** Returns the SKUs that both carts have, because joined lines may need the current price. */
async function skusOfBoth({ read }: ServiceParts, cartId: string, fromCartId: string): Promise<string[]> {
  const view = await read({ documents: [cartKey(cartId), cartKey(fromCartId)] });
  const own = new Set(cartState(cartId, view).lines.map(({ sku }) => sku));
  const both = cartState(fromCartId, view, 1).lines.flatMap(({ sku }) => (own.has(sku) ? [sku] : []));
  return [...new Set(both)];
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
  return { steps: [...plan.steps, putChanges(mergeId, plan, call)], address: null, reference: mergeId };
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
