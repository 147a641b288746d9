// Buys without a pause on an embedded store, reports every acknowledged transaction, and kills itself at a named point.
import { CommitMarker } from '../../../dist/store/embedded/commit/commit-marker.js';
import { openEmbeddedStore } from '../../../dist/store/embedded/embedded-store.js';
import { LedgerTable } from '../../../dist/store/embedded/tables/ledger-table.js';
import { WriteJob } from '../../../dist/store/embedded/commit/write-job.js';

const [, , dir, point, countdown, now, round] = process.argv;
const SHOPPERS = 8;
let left = Number(countdown);
let marker = null;

const die = () => process.kill(process.pid, 'SIGKILL');
const dieInTime = () => {
  left -= 1;
  if (left === 0) die();
};

function patch(type, method, { before = () => {}, after = () => {} }) {
  const original = type.prototype[method];
  type.prototype[method] = function patched(...args) {
    before.apply(this, args);
    const value = original.apply(this, args);
    after.apply(this, args);
    return value;
  };
}

function dieWhenReadable(group) {
  left -= 1;
  if (left !== 0) return;
  const poll = () => (marker.last() >= group ? die() : setImmediate(poll));
  setImmediate(poll);
}

const POINTS = {
  'a group has begun': () => patch(CommitMarker, 'put', { after: dieInTime }),
  'a batch is half written': () => patch(LedgerTable, 'append', { after: dieInTime }),
  'a batch is written and its group is not committed': () => patch(WriteJob, 'perform', { after: dieInTime }),
  'a group is readable and its flush is not confirmed': () =>
    patch(CommitMarker, 'put', {
      after(group) {
        marker = this;
        dieWhenReadable(group);
      },
    }),
  'a group is on disk and its callers have no answer': () => patch(WriteJob, 'resolve', { before: dieInTime }),
  'a caller has its answer': () => patch(WriteJob, 'resolve', { after: dieInTime }),
};

const report = (message) => new Promise((resolve) => process.send(message, resolve));
const plain = (id, steps) => ({ id, fingerprint: id, retention: 'short', cause: { by: 'operator' }, steps });

async function send(store, transaction) {
  await report({ sent: transaction });
  const { answers } = await store.apply([transaction]);
  await report({ id: transaction.id, ...answers[0] });
}

async function shop(store, shopper) {
  for (let index = 0; ; index += 1) {
    const name = `r${round}s${shopper}n${index}`;
    const hold = { kind: 'reserve', min: 1, want: 2, ttlMs: 60_000, owner: `cart:${name}`, customer: name };
    const holds = [`${name}:a`, `${name}:b`];
    await send(
      store,
      plain(`${name}:fill`, [
        { ...hold, sku: 'A', holdId: holds[0] },
        { ...hold, sku: 'B', holdId: holds[1] },
        { kind: 'put', key: `cart:${name}`, expect: 'absent', body: name, holds },
      ]),
    );
    await send(
      store,
      plain(`${name}:buy`, [
        ...holds.map((holdId) => ({ kind: 'consume', holdId })),
        { kind: 'put', key: `order:${name}`, expect: 'absent', body: name, list: 'placed' },
        { kind: 'drop', key: `cart:${name}`, expect: 'present' },
      ]),
    );
  }
}

const store = await openEmbeddedStore({ dir, shop: 'test', clock: () => Number(now) });
await send(
  store,
  plain(
    `supply${round}`,
    ['A', 'B'].flatMap((sku) => [
      { kind: 'configure', sku },
      { kind: 'adjust', sku, delta: 100_000, as: 'received' },
    ]),
  ),
);
POINTS[point]();
process.on('disconnect', () => process.exit(1));
await Promise.all(Array.from({ length: SHOPPERS }, (_, shopper) => shop(store, shopper)));
