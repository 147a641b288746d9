import { connect, Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Arrival } from '../../src/http/admission/admission.ts';
import { AcceptQueue } from '../../src/http/admission/accept-queue.ts';
import { admitFirst, RequestAdmission } from '../../src/http/admission/admit-first.ts';
import { Clients } from '../../src/http/listener/clients.ts';
import { HttpServer } from '../../src/http/listener/http-server.ts';
import { poll } from '../support/poll.ts';

const CALL_MS = 2;
const WAITING = 64;
const NEWCOMERS = 200;

function compute(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

test('a saturated server accepts more than one connection for each turn with calls', { timeout: 60_000 }, async () => {
  const entrance = new RequestAdmission({ waitMaxMs: 60_000 });
  const admitted = admitFirst(
    {
      entrance,
      shop: 'main',
      waitMaxMs: 60_000,
      services: { keys: { of: () => null, isUncertain: false } },
      corsOrigins: [],
      clients: new Clients({ trusted: [] }),
      limiter: null,
      onRefused: () => undefined,
    },
    () => undefined,
  );
  const { admission } = entrance;
  let [calls, accepted] = [0, 0];
  let isOver = false;
  /** Queues itself again when it begins, so that calls always wait. */
  const call: Arrival = {
    callClass: 'operator',
    isBounded: true,
    isAbandoned: () => isOver,
    begin: () => {
      calls += 1;
      compute(CALL_MS);
      admission.admit(call);
    },
    shed: () => undefined,
  };
  const http = new HttpServer({
    host: '127.0.0.1',
    port: 0,
    onConnection: (socket) => {
      accepted += 1;
      entrance.accepted(socket);
    },
    observe: () => undefined,
    handle: admitted.handle,
  });
  const port = await http.listen();
  for (let n = 0; n < WAITING; n += 1) admission.admit(call);
  await poll(() => calls > WAITING);
  const before = calls;
  const crowd = Array.from({ length: NEWCOMERS }, () => connect(port, '127.0.0.1').on('error', () => undefined));
  await poll(() => accepted === NEWCOMERS, { timeoutMs: 50_000 });
  // With one connection in each turn there would be at least one call for each, usually seven.
  expect(calls - before).toBeLessThan(NEWCOMERS / 2);
  await poll(() => calls > before + NEWCOMERS);
  isOver = true;
  for (const socket of crowd) socket.destroy();
  admitted.close();
  await http.close();
});

test('bytes that are read right after the accept have waited in the queue, and later ones have not', async () => {
  const queue = new AcceptQueue();
  const [first, second] = [new Socket(), new Socket()];
  queue.accepted(first);
  compute(20);
  await nextTurn();
  queue.accepted(second);
  expect(queue.ageOf(first)).toBeGreaterThanOrEqual(20);
  await nextTurn();
  expect(queue.ageOf(first)).toBe(0);
  expect(queue.ageOf(second)).toBeGreaterThanOrEqual(20);
  for (let n = 0; n < 3; n += 1) await nextTurn();
  expect([queue.ageOf(second), queue.isFilled]).toEqual([0, false]);
});
