// Double clicks and proxies repeat calls: each mutation of a visit and of the operator is sent up to four times at once
// with one idempotency key. Stock is ample, so every visit has one outcome.
import { Counter } from 'k6/metrics';
import { claim } from '../lib/claims.ts';
import { chance, oneOf } from '../lib/draw.ts';
import { openModel } from '../lib/executors.ts';
import { askAsImpatientOperator, enterImpatiently, type ImpatientShopper } from '../lib/impatient.ts';
import { goods, option, sku } from '../lib/plan.ts';
import { expectRefusals, newKey } from '../lib/wire.ts';
import type { Cart } from '../../src/contract/outputs/cart-outputs.ts';
import type { Order } from '../../src/contract/outputs/order-outputs.ts';

export { handleSummary } from '../lib/summary.ts';

const DELIVERS = 1 / 3;
const SENT_BACK = 1 / 3;

const unitsTaken = new Counter('units_taken');
const unitsReturned = new Counter('units_returned');
const deliveries = new Counter('deliveries');

export const options = openModel({
  warmup: { rate: option('warmup-rate'), seconds: option('warmup-seconds') },
  storm: { rate: option('rate'), seconds: option('seconds') },
});

expectRefusals('idempotency_mismatch');

export default function visit(): void {
  const [guest, shopper] = [enterImpatiently(), enterImpatiently()];
  if (!guest || !shopper) return;
  const [first, second] = twoSkus();
  guest.add(second, 1);
  shopper.add(first, 2);
  shopper.add(first, 1);
  unitsTaken.add(4);
  has(shopper, { [first]: 3 });
  shopper.setQuantity(first, 2);
  shopper.merge(guest);
  shopper.extend();
  has(shopper, { [first]: 2, [second]: 1 });
  shopper.remove(second);
  has(shopper, { [first]: 2 });
  oneOf(ENDINGS)(shopper);
  has(shopper, {});
  shopper.askAgain();
  has(shopper, {});
  if (chance(DELIVERS)) deliver();
}

const ENDINGS: readonly ((shopper: ImpatientShopper) => void)[] = [buy, pay, thinkBetter, (shopper) => shopper.clear()];

function buy(shopper: ImpatientShopper): void {
  const bought = shopper.checkOut();
  if (bought.ok && chance(SENT_BACK)) sendBack(bought.value);
}

function pay(shopper: ImpatientShopper): void {
  const begun = shopper.beginCheckout();
  if (!begun.ok) return;
  const { orderId } = begun.value;
  askAsImpatientOperator('checkout.confirm', {
    orderId,
    paymentReference: `paid-${orderId}`,
    idempotencyKey: newKey(),
  });
}

function thinkBetter(shopper: ImpatientShopper): void {
  const begun = shopper.beginCheckout();
  if (begun.ok) shopper.cancel(begun.value.orderId, { restoreCart: true });
  shopper.clear();
}

function sendBack({ orderId, lines: [line] }: Order): void {
  if (!line) return;
  const lines = [{ sku: line.sku, quantity: 1 }];
  const sent = askAsImpatientOperator('orders.fulfil', { orderId, lines, idempotencyKey: newKey() });
  if (!sent.ok) return;
  claim('one unit was sent', sent.value.lines[0]?.fulfilled === 1, () => sent);
  const back = { orderId, lines, restock: true, reason: 'too small' };
  const returned = askAsImpatientOperator('orders.return', { ...back, idempotencyKey: newKey() });
  if (!returned.ok) return;
  unitsReturned.add(1);
  claim('one unit came back', returned.value.lines[0]?.returned === 1, () => returned);
}

/** Stock changes of SKUs that no shopper buys. */
function deliver(): void {
  const [stored, quantity] = [sku('back-room'), 5];
  const received = askAsImpatientOperator('stock.receive', { sku: stored, quantity, idempotencyKey: newKey() });
  const taken = { sku: stored, delta: -quantity, reason: 'sent to another branch', idempotencyKey: newKey() };
  if (received.ok && askAsImpatientOperator('stock.adjust', taken).ok) deliveries.add(1);
}

function twoSkus(): [string, string] {
  const onSale = goods.filter((good) => good.sku !== sku('back-room'));
  const first = oneOf(onSale).sku;
  return [first, oneOf(onSale.filter((good) => good.sku !== first)).sku];
}

function has(shopper: ImpatientShopper, wanted: Record<string, number>): void {
  const cart = shopper.cart();
  if (cart.ok) claim('the cart has what was asked for, once', isAsWanted(cart.value, wanted), () => ({ cart, wanted }));
}

const isAsWanted = ({ lines }: Cart, wanted: Record<string, number>): boolean =>
  lines.length === Object.keys(wanted).length && lines.every(({ sku, quantity }) => wanted[sku] === quantity);
