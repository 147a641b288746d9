import { expect, test } from 'vitest';
import { OPERATOR_KEY, startServerProcess } from '../support/server-process.ts';
import { flood } from '../support/pipelining.ts';

const json = (session: string) => ({ 'content-type': 'application/json', 'x-session-id': session });
const SHOPPERS = 30;
const UNITS = 1_000_000;

interface Visit {
  status: number;
  ms: number;
}

test('one connection at full speed does not get others refused, or served late', { timeout: 120_000 }, async () => {
  // The bound of production: a call that would wait longer is refused.
  await using server = await startServerProcess({ WAIT_MAX_MS: '1000' });
  const post = (path: string, input: unknown, headers: Record<string, string>) =>
    fetch(`${server.url}/trpc/${path}`, { method: 'POST', headers, body: JSON.stringify({ json: input }) });
  const operator = { 'content-type': 'application/json', authorization: `Bearer ${OPERATOR_KEY}` };
  for (const sku of ['fan', 'lamp']) {
    await post('stock.define', { sku }, operator);
    await post('stock.receive', { sku, quantity: UNITS }, operator);
  }
  const visit = async (session: string, sku: string): Promise<Visit> => {
    const start = performance.now();
    const answer = await post('cart.add', { sku, quantity: 1 }, json(session));
    await answer.text();
    return { status: answer.status, ms: performance.now() - start };
  };
  const visits = async (name: string): Promise<Visit[]> => {
    const done: Visit[] = [];
    for (let n = 0; n < SHOPPERS; n += 1) done.push(await visit(`${name}-${n}`, n % 2 ? 'fan' : 'lamp'));
    return done;
  };
  await visits('warm');
  const idle = await visits('idle');
  const stop = new AbortController();
  const flooding = flood(server.url, 'fan', stop.signal);
  const honest = await visits('honest');
  stop.abort();
  const flooded = await flooding;
  console.log(`${flooded.length} calls of the flooder; p90 of others ${slow(honest)} ms, ${slow(idle)} ms without it`);
  expect(honest.filter(({ status }) => status !== 200)).toEqual([]);
  expect(flooded.length).toBeGreaterThan(2 * SHOPPERS);
  // Generous, because the machine may be busy. Without bounds for a connection it was seconds.
  expect(slow(honest)).toBeLessThan(15 * slow(idle) + 250);
});

/** Returns the 90th percentile in milliseconds. */
const slow = (visits: readonly Visit[]): number =>
  Math.round(visits.map(({ ms }) => ms).toSorted((a, b) => b - a)[Math.floor(visits.length / 10)] ?? 0);
