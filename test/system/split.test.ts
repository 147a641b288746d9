import { expect, test } from 'vitest';
import { HttpCaller, must } from '../support/http-caller.ts';
import { poll } from '../support/poll.ts';
import { type ChainNode, startChain } from '../support/redis-replicas.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';

/** Two masters after a failover, and a server process at each: A at the old one, B at the promoted replica. */

const UNITS = 100;
const TIMEOUT = { timeout: 120_000 };
/** All shoppers of the test are one client. */
const SETTINGS = { RATE_LIMITS: 'off', HOLD_SHARE_MAX_CLIENT: '0' };

interface Seller extends AsyncDisposable {
  server: ServerProcess;
  /** Sells a unit to so many shoppers. Resolves to the number of acknowledged orders. */
  sell(count: number): Promise<number>;
  /** The body of `/health/ready`. */
  readiness(): Promise<string>;
}

let shoppers = 0;

async function startSeller({ port }: ChainNode, DURABILITY: string): Promise<Seller> {
  const server = await startServerProcess({ REDIS_URL: `redis://127.0.0.1:${port}`, DURABILITY, ...SETTINGS });
  const caller = new HttpCaller(server.url);
  const sellOne = async (): Promise<boolean> => {
    shoppers += 1;
    const shopper = caller.as(`the-session-of-shopper-${shoppers}`);
    if (!(await shopper.mutate('cart.add', { sku: 'tea', quantity: 1 })).ok) return false;
    return (await shopper.mutate('checkout.place', { idempotencyKey: 'one' })).ok;
  };
  return {
    server,
    sell: async (count) => (await Promise.all(Array.from({ length: count }, sellOne))).filter(Boolean).length,
    readiness: async () => (await fetch(`${server.url}/health/ready`)).text(),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function supply({ server }: Seller): Promise<void> {
  const operator = new HttpCaller(server.url).asOperator();
  must(await operator.mutate('stock.define', { sku: 'tea' }));
  must(await operator.mutate('stock.receive', { sku: 'tea', quantity: UNITS }));
}

function ends(chain: readonly ChainNode[]): [master: ChainNode, replica: ChainNode] {
  const [master, replica] = chain;
  if (!master || !replica) throw new Error('the chain is too short');
  return [master, replica];
}

/** Resolves when the replica has all writes of the master. */
const caughtUp = ([master, replica]: readonly [ChainNode, ChainNode]) =>
  poll(async () => {
    const [ahead, behind] = await Promise.all(
      [master, replica].map(({ admin }) => admin.hget('{main}:meta', 'sequence')),
    );
    return ahead === behind;
  });

test.each(['relaxed', 'local'])(
  'at %s, a master that was replaced sells nothing once a process is connected to the new one',
  TIMEOUT,
  async (durability) => {
    const fsync = durability === 'local' ? 'always' : 'everysec';
    await using chain = await startChain(2, { appendfsync: fsync });
    const [master, replica] = ends(chain);
    await using a = await startSeller(master, durability);
    await supply(a);
    await caughtUp([master, replica]);
    await replica.promote();
    await using b = await startSeller(replica, durability);
    const [sold, alsoSold] = await Promise.all([a.sell(UNITS), b.sell(UNITS)]);
    expect({ old: sold, promoted: alsoSold }).toEqual({ old: 0, promoted: UNITS });
    expect(await a.readiness()).toContain(`was replaced as the master of shop main by 127.0.0.1:${replica.port}`);
  },
);

test('at replicated, two masters together sell each unit once, whenever the replica is promoted', TIMEOUT, async () => {
  await using chain = await startChain(3, { 'min-replicas-to-write': '1' });
  const [master, replica] = ends(chain);
  await using a = await startSeller(master, 'replicated');
  await supply(a);
  const selling = a.sell(UNITS);
  await poll(async () => Number(await replica.admin.hlen('{main}:holds')) > 0);
  await replica.promote();
  const more = a.sell(UNITS);
  await using b = await startSeller(replica, 'replicated');
  const sold = await Promise.all([selling, more, b.sell(UNITS)]);
  const total = sold.reduce((sum, count) => sum + count, 0);
  expect(total).toBeGreaterThan(0);
  expect(total).toBeLessThanOrEqual(UNITS);
  // No unit was lost either: B sells what A did not, but for calls of A whose outcome is unknown.
  expect(total + (await b.sell(UNITS))).toBeLessThanOrEqual(UNITS);
});
