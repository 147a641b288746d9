// One client fills carts, and then begins and cancels orders in a loop, from many sessions. Each turn writes an order
// and movements for all of its lines. The client is named by a trusted proxy's header.
import { claim } from '../lib/claims.ts';
import { openModel, phase } from '../lib/executors.ts';
import { goods, option } from '../lib/plan.ts';
import { recordEvent } from '../lib/record-event.ts';
import { Shopper } from '../lib/shopper.ts';
import { expectRefusals, newKey, together } from '../lib/wire.ts';

export { handleSummary } from '../lib/summary.ts';

const SETUP_SECONDS = 15;
const CLIENT = 'the-attacker';
const CONTACT = { name: 'x'.repeat(255) };

const sessions = option('sessions');
const rate = option('rate');

export const options = openModel(
  {
    carts: { rate: Math.ceil(sessions / SETUP_SECONDS), seconds: SETUP_SECONDS, exec: 'fillCart', busyMax: sessions },
    attack: { rate, seconds: option('seconds'), busyMax: sessions },
  },
  // A slow server is a slow attack.
  { thresholds: { dropped_iterations: [] } },
);

expectRefusals('rate_limited', 'overloaded', 'cart_empty', 'hold_expired', 'conflict');

/** A virtual user has one session. */
let own: Shopper | null = null;

export function fillCart(): Shopper {
  own ??= new Shopper(newKey(), CLIENT);
  const shopper = own;
  const lines = goods.slice(0, option('lines'));
  together(lines.map(({ sku }) => shopper.call('cart.add', { sku, quantity: 1, idempotencyKey: newKey() })));
  return shopper;
}

export default function beginAndCancel(): void {
  if (!isBegun && phase() === 'attack') recordEvent('begun', { at: Date.now() });
  isBegun = true;
  const shopper = own ?? fillCart();
  const begun = shopper.beginCheckout({ contact: CONTACT });
  if (!begun.ok) {
    if (begun.reason === 'cart_empty' || begun.reason === 'hold_expired') fillCart();
    return;
  }
  const cancelled = shopper.cancel(begun.value.orderId, { restoreCart: true });
  claim('the order is cancelled', !cancelled.ok || cancelled.value.status === 'cancelled', () => cancelled);
}

let isBegun = false;
