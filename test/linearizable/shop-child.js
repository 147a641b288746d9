// A process of the shop, for the histories of test/linearizable. It answers in the words of the specification.
import { createHoldfast } from '../../dist/shop/holdfast.js';
import { openEmbeddedStore } from '../../dist/store/embedded/embedded-store.js';
import { openRedisStore } from '../../dist/store/redis/redis-store.js';

const [, , kind, place, fault] = process.argv;
/** Short, so that a stalled connection makes some outcomes unknown. */
const STORE_DEADLINE_MS = 250;
const CALL_DEADLINE_MS = 400;
const FAULTY_EVERY = 20;

const openRedis = (durability) =>
  openRedisStore({
    url: place,
    shop: 'shop',
    durability,
    batchDeadlineMs: STORE_DEADLINE_MS,
    readDeadlineMs: STORE_DEADLINE_MS,
  });

const OPEN = {
  embedded: () => openEmbeddedStore({ shop: 'shop', dir: place }),
  redis: () => openRedis('none'),
  replicated: () => openRedis('replicated'),
};

let calls = 0;
/** The preparation of a history has no faults. */
let isArmed = false;
const isTurn = () => isArmed && (calls += 1) % FAULTY_EVERY === 0;
const old = new Map();

const OF_HOLDS = new Set(['reserve', 'release', 'consume']);

/** Bugs that the checker has to find. */
const FAULTS = {
  /** Now and then a read returns what the same read returned before. */
  stale_read: (store) => ({
    read: async (requests) => {
      const key = JSON.stringify(requests);
      const before = old.get(key);
      const found = await store.read(requests);
      if (isArmed && (!before || isTurn())) old.set(key, found);
      return before && isTurn() ? before : found;
    },
  }),
  /** Now and then a batch is acknowledged and not applied. */
  lost_batch: (store) => ({
    apply: async (transactions) => {
      const isOfHolds = transactions.every(({ steps }) => OF_HOLDS.has(steps[0].kind));
      if (!isOfHolds || !isTurn()) return store.apply(transactions);
      const { at, sequence } = (await store.read([{}]))[0];
      const applied = { status: 'applied', sequence, at, granted: [1] };
      const answers = transactions.map(({ reference = null }) => ({ ...applied, reference }));
      return { at, sequence, nextDueAt: null, answers };
    },
  }),
  /** A second consume of a hold is acknowledged. */
  double_consume: (store) => ({
    read: async (requests) => {
      const snapshots = await store.read(requests);
      const revived = (hold) => hold && { ...hold, state: 'held', endedAt: null };
      return snapshots.map((snapshot) => ({ ...snapshot, holds: snapshot.holds.map(revived) }));
    },
    apply: async (transactions) => {
      const result = await store.apply(transactions);
      const { at, sequence } = result;
      const answers = result.answers.map((answer, index) => {
        const isSecond =
          answer.refusal?.reason === 'hold_not_active' && transactions[index].steps[0].kind === 'consume';
        return isSecond
          ? { status: 'applied', sequence, at, reference: transactions[index].reference, granted: [] }
          : answer;
      });
      return { ...result, answers };
    },
  }),
};

const intact = await OPEN[kind]();
const broken = fault ? FAULTS[fault](intact) : {};
const store = new Proxy(intact, {
  get: (target, name) => {
    const member = broken[name] ?? Reflect.get(target, name, target);
    return typeof member === 'function' ? member.bind(target) : member;
  },
});
const holdfast = createHoldfast({ store, settings: { callDeadlineMs: CALL_DEADLINE_MS, cacheMs: 0 } });

const CALLER = { kind: 'operator', principal: 'operator', cartId: null, customer: null };
const ENDED = new Set(['hold_not_active', 'unknown_hold']);

const ACTS = {
  supply: async ({ sku, units }, call) => {
    await holdfast.stock.define({ sku }, { caller: CALLER });
    return holdfast.stock.receive({ sku, quantity: units }, call);
  },
  reserve: ({ sku, units, reference }, call) => holdfast.inventory.reserve({ sku, quantity: units, reference }, call),
  release: ({ holdId }, call) => holdfast.inventory.release({ holdId }, call),
  consume: ({ holdId }, call) => holdfast.inventory.consume({ holdId }, call),
  level: ({ sku }) => holdfast.stock.level({ sku }),
};

function outputOf(act, result) {
  if (result.ok && act === 'level')
    return { output: { is: 'level', onHand: result.value.onHand, reserved: result.value.reserved } };
  if (result.ok) return { output: { is: 'done' }, holdId: result.value.holdId };
  const { reason, meta } = result.refusal;
  if (reason === 'insufficient_stock') return { output: { is: 'insufficient', available: meta.lines[0].available } };
  if (ENDED.has(reason)) return { output: { is: 'ended' } };
  return { output: null, error: `refused: ${reason}` };
}

async function answer({ act, input, key }) {
  try {
    return outputOf(
      act,
      await ACTS[act](input, key === null ? { caller: CALLER } : { caller: CALLER, idempotencyKey: key }),
    );
  } catch (error) {
    if (error.name === 'OutcomeUnknown') return { unknown: error.idempotencyKey };
    if (error.name === 'StoreError' || error.name === 'Overloaded') return { nothing: String(error) };
    return { output: null, error: String(error.stack) };
  }
}

process.on('message', async (message) => {
  isArmed = message.act !== 'supply';
  const reply = await answer(message);
  if (process.connected) process.send({ call: message.call, ...reply });
});
// The test's process has ended, so this one ends too.
process.on('disconnect', () => process.exit(1));
process.send('ready');
