import exec from 'k6/execution';
import http from 'k6/http';
import { ordersPlaced, oversold, sharedOrders, unitsSold } from './metrics.ts';
import { plan } from './plan.ts';
import type { Order } from '../../src/contract/order-outputs.ts';
import type { Receipt, TillAnswer } from './words.ts';

/**
 * Reports to the runner's till an order that the shop acknowledged, and to which checkout. Virtual users share nothing, so
 * only the till can say, at this very order, that it is one too many or somebody else's.
 */
export function reportOrder({ orderId, status, lines }: Order, checkout: string): void {
  const isSold = status === 'placed';
  const receipt: Receipt = { orderId, checkout, isSold, lines: lines.map(({ sku, quantity }) => ({ sku, quantity })) };
  const answer = http.post(plan.tillUrl, JSON.stringify(receipt), { tags: { name: 'till' }, responseType: 'text' });
  if (answer.status !== 200) {
    exec.test.abort(`the till does not take ${orderId}: ${answer.status} ${answer.error}`);
    return;
  }
  const reply = JSON.parse(answer.body ?? '') as TillAnswer;
  if (reply.isShared) sharedOrders.add(1);
  if (!reply.isNew) return;
  ordersPlaced.add(1);
  unitsSold.add(lines.reduce((units, { quantity }) => units + quantity, 0));
  if (reply.oversold > 0) oversold.add(reply.oversold);
}
