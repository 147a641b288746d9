import { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { type Bounded, InFlight } from '../../src/http/admission/in-flight.ts';
import { openMemoryStore } from '../../src/store/memory/memory-store.ts';
import { hookedStore, type Hooks } from '../support/hooked-store.ts';
import { pipelining } from '../support/pipelining.ts';
import { poll } from '../support/poll.ts';
import { headersOf, startShop } from '../support/shop-server.ts';

class Request implements Bounded {
  isGone = false;
  readonly socket: Socket;
  readonly session: string | null;
  readonly calls: number;

  constructor(socket: Socket, session: string | null = null, calls = 1) {
    this.socket = socket;
    this.session = session;
    this.calls = calls;
  }

  isAbandoned(): boolean {
    return this.isGone;
  }
}

function bounds() {
  const [started, refused]: [Request[], Request[]] = [[], []];
  const counts = { abandoned: 0 };
  const inFlight = new InFlight<Request>({
    start: (request) => void started.push(request),
    refuse: (request) => void refused.push(request),
    onAbandoned: () => (counts.abandoned += 1),
  });
  return { inFlight, started, refused, counts };
}

describe('calls in flight', () => {
  test('are at most 8 for a connection, and further ones follow in order', () => {
    const { inFlight, started } = bounds();
    const socket = new Socket();
    const requests = Array.from({ length: 40 }, () => new Request(socket));
    for (const request of requests) inFlight.enter(request);
    expect(started).toEqual(requests.slice(0, 8));
    inFlight.enter(new Request(new Socket()));
    expect(started).toHaveLength(9);
    for (const request of requests.slice(0, 3)) inFlight.ended(request);
    expect(started.slice(9)).toEqual(requests.slice(8, 11));
  });

  test('are at most 32 for a session on any number of connections', () => {
    const { inFlight, started, refused } = bounds();
    const requests = Array.from({ length: 1_100 }, () => new Request(new Socket(), 'a-shopper'));
    for (const request of requests) inFlight.enter(request);
    expect([started.length, refused.length]).toEqual([32, 1_100 - 32 - 1_024]);
    inFlight.enter(new Request(new Socket(), 'another'));
    expect(started).toHaveLength(33);
    for (let n = 0; n < started.length; n += 1) inFlight.ended(started[n] as Request);
    expect(started).toHaveLength(1_057);
  });

  test('do not include those whose client has left', () => {
    const { inFlight, started, counts } = bounds();
    const socket = new Socket();
    const requests = Array.from({ length: 70 }, (_, n) => new Request(socket, `shopper-${n % 2}`));
    for (const request of requests) inFlight.enter(request);
    for (const request of requests.slice(8, 69)) request.isGone = true;
    inFlight.ended(requests[0] as Request);
    expect(started.slice(8)).toEqual(requests.slice(69));
    expect(counts.abandoned).toBe(61);
  });

  test('of a batch count each, and a large batch waits until it is alone', () => {
    const { inFlight, started } = bounds();
    const socket = new Socket();
    const [single, batch, next] = [new Request(socket), new Request(socket, null, 32), new Request(socket)];
    for (const request of [single, batch, next]) inFlight.enter(request);
    expect(started).toEqual([single]);
    inFlight.ended(single);
    expect(started).toEqual([single, batch]);
    inFlight.ended(batch);
    expect(started).toEqual([single, batch, next]);
  });

  test('stop the reading of a connection that sends many more', () => {
    const { inFlight, started } = bounds();
    const socket = new Socket();
    for (let n = 0; n < 96; n += 1) inFlight.enter(new Request(socket));
    expect(socket.isPaused()).toBe(true);
    for (let n = 0; n < 72; n += 1) inFlight.ended(started[n] as Request);
    expect(socket.isPaused()).toBe(false);
  });

  test('may end before their start returns', () => {
    let count = 0;
    const inFlight = new InFlight<Request>({
      start: (request) => {
        count += 1;
        if (count > 32) inFlight.ended(request);
        else first.push(request);
      },
      refuse: () => undefined,
      onAbandoned: () => undefined,
    });
    const first: Request[] = [];
    for (let n = 0; n < 1_000; n += 1) inFlight.enter(new Request(new Socket(), 'a-shopper'));
    inFlight.ended(first[0] as Request);
    expect(count).toBe(1_000);
  });
});

/** Starts a shop whose store answers no write until `release` is called. */
async function heldShop() {
  const hooks: Hooks = {};
  const store = hookedStore(openMemoryStore({ shop: 'main' }), hooks);
  const shop = await startShop({}, store);
  await shop.mutate('stock.define', { sku: 'fan' }, { operator: true });
  await shop.mutate('stock.receive', { sku: 'fan', quantity: 1_000 }, { operator: true });
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let held = 0;
  hooks.beforeApply = (transactions) => {
    // Others are of the server itself.
    held += transactions.filter(({ steps }) => steps.some(({ kind }) => kind === 'reserve')).length;
    return released;
  };
  const inFlight = (): number => shop.running.holdfast.stats().batcher.mailboxItems + held;
  return { shop, release: () => release(), inFlight };
}

describe('over HTTP', () => {
  test('a connection that pipelines has 8 calls in flight, and all are answered', async () => {
    const { shop, release, inFlight } = await heldShop();
    await using _ = shop;
    using flooder = await pipelining(shop.running.port);
    using other = await pipelining(shop.running.port);
    for (let n = 0; n < 300; n += 1) flooder.add('fan', `flooder-${n}`);
    await poll(() => inFlight() === 8);
    other.add('fan', 'a-shopper');
    await poll(() => inFlight() === 9);
    release();
    await poll(() => flooder.statuses.length === 300, { timeoutMs: 60_000 });
    expect(new Set([...flooder.statuses, ...other.statuses])).toEqual(new Set([200]));
  });

  test('a batch of 50 calls has 32 in flight, and all are answered', async () => {
    const { shop, release, inFlight } = await heldShop();
    await using _ = shop;
    const input = { json: { sku: 'fan', quantity: 1 } };
    const answer = shop.fetch(`/trpc/${Array(50).fill('cart.add').join(',')}?batch=1`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headersOf({ session: 'a-shopper' }) },
      body: JSON.stringify(Object.fromEntries(Array.from({ length: 50 }, (_, n) => [n, input]))),
    });
    // The lock of the cart lets one of them through.
    await poll(() => inFlight() === 1);
    release();
    const { status, text } = await answer;
    expect(status).toBe(200);
    expect(JSON.parse(text)).toHaveLength(50);
  });
});
