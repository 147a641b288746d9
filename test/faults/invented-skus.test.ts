import { Agent } from 'node:http';
import { expect, test } from 'vitest';
import { poll } from '../support/poll.ts';
import { startShop } from '../support/shop-server.ts';
import { watch } from '../support/watcher.ts';
import { FULL } from '../support/scale.ts';

/** The full run invents more SKUs than may be watched. `test/service/watch.test.ts` covers that without HTTP. */
const CONNECTIONS = FULL ? 520 : 20;
const SKUS = 100;

test('connections that watch invented SKUs do not prevent other clients from watching', {
  timeout: 120_000,
}, async () => {
  await using shop = await startShop();
  await shop.mutate('stock.define', { sku: 'fan' }, { operator: true });
  const agent = new Agent({ keepAlive: false, maxSockets: Infinity });
  const invented = (n: number) => Array.from({ length: SKUS }, (_, m) => `invented-${n}-${m}`);
  const attackers = Array.from({ length: CONNECTIONS }, (_, n) => watch(shop.url, invented(n), { agent }));
  await poll(() => attackers.every(({ states }) => states.length === SKUS), { timeoutMs: 60_000 });
  const honest = watch(shop.url, ['fan', 'lamp'], { agent });
  await poll(() => honest.states.length === 2, { timeoutMs: 30_000, describe: honest.text });
  expect(honest.states).toMatchObject([{ status: 'out_of_stock' }, { status: 'unknown' }]);
  for (const watcher of [...attackers, honest]) watcher.leave();
});
