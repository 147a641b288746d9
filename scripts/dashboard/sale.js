// A flash sale for the picture of the dashboard: shoppers who come and go, and a drop in the middle.

const SKUS = ['MUG', 'LAMP', 'SOFA', 'DROP'];
const TICK_MS = 100;
/** Shoppers in a tick: a shop on a usual day, and while the drop is sold. */
const [USUAL, RUSH] = [4, 45];

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function call(url, path, input, headers) {
  const response = await fetch(`${url}/trpc/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ json: input }),
  });
  await response.arrayBuffer();
  return response.ok;
}

async function mustCall(...given) {
  if (!(await call(...given))) throw new Error(`${given[1]} was refused`);
}

/** One shopper: half of those who get a unit buy it, a few give it back, and the others let it expire. */
async function shop(url, name, sku) {
  const session = { 'x-session-id': name };
  if (!(await call(url, 'cart.add', { sku, quantity: 1 }, session))) return;
  await sleep(Math.random() * 1_500);
  const choice = Math.random();
  if (choice < 0.5) await call(url, 'checkout.place', { idempotencyKey: 'buy' }, session);
  else if (choice < 0.65) await call(url, 'cart.clear', {}, session);
}

/** Runs the sale for `seconds`. The drop is in its middle third. */
export async function runSale({ url, operatorKey, webhookUrl, seconds }) {
  const operator = { authorization: `Bearer ${operatorKey}` };
  for (const sku of SKUS) {
    await mustCall(url, 'stock.define', { sku }, operator);
    await mustCall(url, 'stock.receive', { sku, quantity: sku === 'DROP' ? 1_500 : 20_000 }, operator);
  }
  await mustCall(
    url,
    'webhooks.create',
    { url: webhookUrl, events: ['order.placed', 'stock.low', 'stock.out'] },
    operator,
  );
  const running = new Set();
  const ticks = (seconds * 1_000) / TICK_MS;
  for (let tick = 0; tick < ticks; tick += 1) {
    const isDrop = tick > ticks / 3 && tick < (ticks * 2) / 3;
    for (let nth = 0; nth < (isDrop ? RUSH : USUAL); nth += 1) {
      const sku = isDrop && nth > USUAL ? 'DROP' : SKUS[nth % 3];
      const visit = shop(url, `shopper-${tick}-${nth}`, sku).catch(() => undefined);
      running.add(visit);
      void visit.then(() => running.delete(visit));
    }
    if (tick % 10 === 0) {
      await fetch(`${url}/api/v1/availability?skus=${SKUS.join()}`).then((response) => response.arrayBuffer());
    }
    await sleep(TICK_MS);
  }
  await Promise.all(running);
}
