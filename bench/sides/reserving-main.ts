// A process that reserves one SKU over Redis, for the requested time and with the requested number of callers. Its
// arguments are the URL of Redis and a name, which makes the references of its reservations unique.
import { createHoldfast } from '../../src/index.ts';
import { openRedisStore } from '../../src/store/redis/redis-store.ts';
import { closedLoop } from '../support/callers.ts';
import { AS_OPERATOR, skuName } from '../support/goods.ts';
import { SHOP } from '../support/redis-shop.ts';
import type { ReservingAnswer, ReservingOrder } from './reserving-process.ts';

const [url = '', name = ''] = process.argv.slice(2);
const store = await openRedisStore({ url, shop: SHOP, durability: 'relaxed' });
const holdfast = createHoldfast({ store, inputs: 'trusted' });
holdfast.expiry.start();
let done = 0;

async function reserveOne(number: number): Promise<void> {
  const input = { sku: skuName(0), quantity: 1, reference: `bench-${name}-${number}` };
  const reserved = await holdfast.inventory.reserve(input, AS_OPERATOR);
  if (!reserved.ok) throw new Error(`refused: ${JSON.stringify(reserved.refusal)}`);
}

async function reserve({ callers, ms }: ReservingOrder): Promise<ReservingAnswer> {
  const before = process.cpuUsage();
  const { calls } = await closedLoop({ callers, ms, from: done }, reserveOne);
  done += calls;
  const { user, system } = process.cpuUsage(before);
  return { calls, cpuUs: user + system };
}

process.on('message', (order: ReservingOrder) => {
  void reserve(order)
    .catch((error: unknown): ReservingAnswer => ({ error: error instanceof Error ? error.message : String(error) }))
    .then((answer) => process.send?.(answer));
});
process.once('disconnect', () => process.exit());
const opened: ReservingAnswer = { calls: 0, cpuUs: 0 };
process.send?.(opened);
