// One client fills carts, and then begins and cancels orders in a loop, from many sessions. Each turn writes an order
// and movements for all of its lines. The client is named by a trusted proxy's header.
import exec from 'k6/execution';
import { claim } from '../lib/claims.ts';
import { openModel } from '../lib/executors.ts';
import { goods, option, plan } from '../lib/plan.ts';
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

/** Sessions are shared by all virtual users, so that the carts are full before the attack. */
const nextShopper = (): Shopper => new Shopper(`${plan.run}-${exec.scenario.iterationInTest % sessions}`, CLIENT);

function fill(shopper: Shopper): void {
  const lines = goods.slice(0, option('lines'));
  together(lines.map(({ sku }) => shopper.call('cart.add', { sku, quantity: 1, idempotencyKey: newKey() })));
}

export const fillCart = (): void => fill(nextShopper());

export default function beginAndCancel(): void {
  if (exec.scenario.iterationInTest === 0) recordEvent('begun', { at: Date.now() });
  const shopper = nextShopper();
  const begun = shopper.beginCheckout({ contact: CONTACT });
  if (!begun.ok) {
    if (begun.reason === 'hold_expired') fill(shopper);
    return;
  }
  const cancelled = shopper.cancel(begun.value.orderId, { restoreCart: true });
  claim('the order is cancelled', !cancelled.ok || cancelled.value.status === 'cancelled', () => cancelled);
}
