// Holds an embedded store in a process of its own, so that a test can kill that process at any instant.
import { openEmbeddedStore } from '../../dist/store/embedded/embedded-store.js';

const [, , dir, deadlineMs] = process.argv;
let now = 0;
const store = await openEmbeddedStore({ shop: 'test', dir, clock: () => now, deadlineMs: Number(deadlineMs) });

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
// The test's process is gone: nothing is left to serve.
process.on('disconnect', () => process.exit(1));
process.send('ready');
