// Buys without a pause on an embedded store. Reports each transaction before it sends it, and appends a line to the
// file `ACKS` for each acknowledged one. Ends when a call rejects, or when it is killed.
import { openSync, writeSync } from 'node:fs';
import { openEmbeddedStore } from '../../dist/store/embedded/embedded-store.js';

const [, , dir, acksFile, now, round] = process.argv;
const SHOPPERS = 12;
const acks = openSync(acksFile, 'a');

const plain = (id, steps) => ({ id, fingerprint: id, retention: 'short', cause: { by: 'operator' }, steps });
const report = (message) => new Promise((resolve) => process.send(message, resolve));

async function send(store, transaction) {
  await report({ sent: transaction });
  const { answers } = await store.apply([transaction]);
  if (answers[0].status !== 'applied') throw new Error(`${transaction.id} was not applied: ${answers[0].status}`);
  writeSync(acks, `${transaction.id} ${answers[0].sequence}\n`);
  await report({ acknowledged: transaction.id });
}

async function shop(store, shopper) {
  // Shoppers out of step keep two groups under way: one is being flushed while the next one is written.
  await new Promise((resolve) => setTimeout(resolve, shopper));
  for (let index = 0; ; index += 1) {
    const name = `r${round}s${shopper}n${index}`;
    const hold = { kind: 'reserve', min: 1, want: 2, ttlMs: 60_000, owner: `cart:${name}`, customer: name };
    const holds = [`${name}:a`, `${name}:b`];
    const cart = { kind: 'put', key: `cart:${name}`, expect: 'absent', body: name.repeat(50), holds };
    await send(
      store,
      plain(`${name}:fill`, [
        ...holds.map((holdId, nth) => ({ ...hold, sku: `SKU-${(shopper + index + nth) % 40}`, holdId })),
        cart,
      ]),
    );
    await send(
      store,
      plain(`${name}:buy`, [
        ...holds.map((holdId) => ({ kind: 'consume', holdId })),
        { kind: 'put', key: `order:${name}`, expect: 'absent', body: name.repeat(50), list: 'placed' },
        { kind: 'drop', key: `cart:${name}`, expect: 'present' },
      ]),
    );
  }
}

process.on('disconnect', () => process.exit(1));
try {
  const store = await openEmbeddedStore({ dir, shop: 'test', clock: () => Number(now) });
  const skus = Array.from({ length: 40 }, (_, index) => `SKU-${index}`);
  await send(
    store,
    plain(
      `supply${round}`,
      skus.flatMap((sku) => [
        { kind: 'configure', sku },
        { kind: 'adjust', sku, delta: 100_000, as: 'received' },
      ]),
    ),
  );
  await Promise.all(Array.from({ length: SHOPPERS }, (_, shopper) => shop(store, shopper)));
} catch (error) {
  await report({ failed: { fault: error.fault ?? null, message: error.message } });
}
// A store whose flush failed must not be closed, because a close flushes too. The test ends this process.
await new Promise(() => setInterval(() => {}, 60_000));
