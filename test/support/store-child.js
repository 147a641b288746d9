// Holds a store in a process of its own, so that a test can stop or kill that process at any instant.
import { openEmbeddedStore } from '../../dist/store/embedded/embedded-store.js';
import { openRedisStore } from '../../dist/store/redis/redis-store.js';

const [, , kind, ...args] = process.argv;
let now = 0;

const OPEN = {
  embedded: (dir, deadlineMs) =>
    openEmbeddedStore({ shop: 'test', dir, clock: () => now, deadlineMs: Number(deadlineMs) }),
  redis: (url, shop, deadlineMs) =>
    openRedisStore({ url, shop, durability: 'none', batchDeadlineMs: Number(deadlineMs) }),
};
const store = await OPEN[kind](...args);

const answer = async ({ call, method, args }) => {
  try {
    return { call, value: await store[method](...args) };
  } catch (error) {
    return { call, fault: error.fault, message: error.message };
  }
};

process.on('message', async (message) => {
  now = message.now;
  const reply = await answer(message);
  if (process.connected) process.send(reply);
});
// The test's process has ended, so this one ends too.
process.on('disconnect', () => process.exit(1));
process.send('ready');
