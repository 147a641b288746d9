import exec from 'k6/execution';
import http from 'k6/http';
import { ordersPlaced, oversold, unitsSold } from './metrics.ts';
import { plan } from './plan.ts';
import type { Order } from './wire-types.ts';
import type { Receipt, TillAnswer } from './words.ts';

/**
 * Tells the runner's till of an order that the shop acknowledged: virtual users share nothing, so only the till can say,
 * at this very order, that it is one too many.
 */
export function tellTill({ orderId, status, lines }: Order): void {
  if (status !== 'placed') return;
  const receipt: Receipt = { orderId, lines: lines.map(({ sku, quantity }) => ({ sku, quantity })) };
  const answer = http.post(plan.tillUrl, JSON.stringify(receipt), { tags: { name: 'till' }, responseType: 'text' });
  if (answer.status !== 200) {
    exec.test.abort(`the till does not take ${orderId}: ${answer.status} ${answer.error}`);
    return;
  }
  const heard = JSON.parse(answer.body ?? '') as TillAnswer;
  if (!heard.isNew) return;
  ordersPlaced.add(1);
  unitsSold.add(lines.reduce((units, { quantity }) => units + quantity, 0));
  if (heard.oversold > 0) oversold.add(heard.oversold);
}
