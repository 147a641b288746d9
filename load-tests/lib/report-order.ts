import exec from 'k6/execution';
import http from 'k6/http';
import { isSold } from './answer-fit.ts';
import { ordersPlaced, oversold, sharedOrders, unitsSold } from './metrics.ts';
import { plan } from './plan.ts';
import type { Order } from '../../src/contract/outputs/order-outputs.ts';
import type { Receipt, OracleAnswer } from './words.ts';

/**
 * Reports an acknowledged order and its checkout to the order oracle of the runner. Virtual users share no state, so
 * only the oracle can detect at this order that it oversells or that it belongs to another checkout.
 */
export function reportOrder(order: Order, checkout: string): void {
  const { orderId, lines } = order;
  const receipt: Receipt = {
    orderId,
    checkout,
    isSold: isSold(order),
    lines: lines.map(({ sku, quantity }) => ({ sku, quantity })),
  };
  const answer = http.post(plan.oracleUrl, JSON.stringify(receipt), {
    tags: { name: 'order-oracle' },
    responseType: 'text',
  });
  if (answer.status !== 200) {
    exec.test.abort(`the order oracle did not accept ${orderId}: ${answer.status} ${answer.error}`);
    return;
  }
  const reply = JSON.parse(answer.body ?? '') as OracleAnswer;
  if (reply.isShared) sharedOrders.add(1);
  if (!reply.isNew) return;
  ordersPlaced.add(1);
  unitsSold.add(lines.reduce((units, { quantity }) => units + quantity, 0));
  if (reply.oversold > 0) oversold.add(reply.oversold);
}
