import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Dice } from '../support/dice.ts';
import { type HttpAnswer, HttpCaller, must } from '../support/http-caller.ts';
import { poll } from '../support/poll.ts';
import { startRedis } from '../support/redis-server.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { tempDir } from '../support/temp-dir.ts';
import { WebhookReceiver } from '../support/webhook-receiver.ts';

const SECONDS = Number(process.env['HOLDFAST_KILL_SECONDS'] ?? 5);
const BUYERS = 8;
const SKU = 'mug';
const LOCATIONS = ['main', 'berlin'] as const;
const ROOM = 20;
const SEED = Number(process.env['HOLDFAST_SEED'] ?? Date.now() % 2 ** 31);

interface Base extends AsyncDisposable {
  /** The environment of the servers on it. */
  environment: Record<string, string>;
  servers: number;
}

const bases: { name: string; open: () => Promise<Base> }[] = [
  {
    name: 'a server on the embedded store',
    async open() {
      const dir = await tempDir();
      return {
        servers: 1,
        environment: { DATA_DIR: dir.path },
        [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
      };
    },
  },
  {
    name: 'three servers on one Redis',
    async open() {
      const redis = await startRedis({ appendonly: 'yes', appendfsync: 'always' });
      const environment = { REDIS_URL: redis.url, DURABILITY: 'local' };
      return { servers: 3, environment, [Symbol.asyncDispose]: () => redis[Symbol.asyncDispose]() };
    },
  },
];

const SETTINGS = {
  SESSION_SECRET: 'a-secret-for-all',
  WEBHOOK_ALLOW_PRIVATE: 'yes',
  HOLD_TTL_MS: '1000',
  SELL_AT: 'dispatch',
};

/** The servers of a shop, of which some are killed and started again. */
class Servers implements AsyncDisposable {
  readonly #environment: Record<string, string>;
  #running: ServerProcess[] = [];
  #callers: HttpCaller[] = [];

  private constructor(environment: Record<string, string>) {
    this.#environment = environment;
  }

  static async start({ environment, servers }: Base): Promise<Servers> {
    const started = new Servers({ ...environment, ...SETTINGS });
    for (let n = 0; n < servers; n += 1) await started.#start(n);
    return started;
  }

  async #start(n: number): Promise<void> {
    const server = await startServerProcess(this.#environment);
    this.#running[n] = server;
    this.#callers[n] = new HttpCaller(server.url, { timeoutMs: 5_000 });
  }

  caller(dice: Dice): HttpCaller {
    return dice.pick(this.#callers);
  }

  async killOne(dice: Dice): Promise<void> {
    const n = dice.between(0, this.#running.length - 1);
    this.#callers[n]?.close();
    await this.#running[n]?.kill9();
    await this.#start(n);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const caller of this.#callers) caller.close();
    for (const server of this.#running) await server[Symbol.asyncDispose]();
  }
}

/** Repeats a call, with its key, on any server until one answers. */
async function answered<T>(call: () => Promise<HttpAnswer<T>>): Promise<HttpAnswer<T>> {
  for (;;) {
    const answer = await call();
    const isSettled = answer.ok || (answer.reason !== 'no_answer' && answer.status < 500 && answer.status !== 429);
    if (isSettled) return answer;
    await sleep(20);
  }
}

/** What was acknowledged. */
interface Tally {
  received: number;
  dispatched: number;
}

/** One buyer or operator, who acts until the end. */
async function act(servers: Servers, name: string, { tally, until }: { tally: Tally; until: number }): Promise<void> {
  const dice = new Dice(SEED, name);
  for (let n = 0; performance.now() < until; n += 1) {
    const key = `${name}-${n}`;
    const mutate = ((path, input) =>
      answered(() =>
        servers
          .caller(dice)
          .asOperator()
          .mutate(path, { ...input, idempotencyKey: key + path }),
      )) as HttpCaller['mutate'];
    const location = dice.pick(LOCATIONS);
    if (dice.chance(0.35)) {
      const quantity = dice.between(1, 4);
      must(await mutate('stock.receive', { sku: SKU, quantity, location }));
      tally.received += quantity;
      continue;
    }
    const lines = [{ sku: SKU, quantity: dice.between(1, 4) }];
    const ttlMs = dice.chance(0.3) ? 300 : null;
    const made = await mutate('reservations.create', { reference: key, lines, ttlMs });
    if (!made.ok) continue;
    const { reservationId } = made.value;
    const end = dice.pick(['commit', 'release', 'leave', 'resize', 'dispatch'] as const);
    if (end === 'release') await mutate('reservations.release', { reservationId });
    if (end === 'resize') await mutate('reservations.resize', { reservationId, lines: [{ sku: SKU, quantity: 1 }] });
    if (end === 'commit' || end === 'dispatch') await mutate('reservations.commit', { reservationId });
    if (end !== 'dispatch') continue;
    const sent = await mutate('reservations.fulfil', { reservationId });
    if (sent.ok) tally.dispatched += sent.value.lines[0]?.fulfilled ?? 0;
  }
}

type Movement = Awaited<ReturnType<typeof movementsOf>>[number];

/** Returns all movements at a location, the oldest first. */
async function movementsOf(caller: HttpCaller, location: string) {
  const all = [];
  for (let cursor: string | undefined; ; ) {
    const input = { sku: SKU, location, limit: 500, ...(cursor ? { cursor } : {}) };
    const page = must(await caller.asOperator().query('stock.history', input));
    all.push(...page.movements);
    cursor = page.nextCursor;
    if (cursor === undefined) return all.reverse();
  }
}

interface Waiting {
  holdId: string;
  createdAt: number;
  units: number;
}
const isOlder = (a: Waiting, b: Waiting): boolean =>
  a.createdAt < b.createdAt || (a.createdAt === b.createdAt && a.holdId < b.holdId);

/** Returns the fills that passed over an older hold, which waited for units at that moment. No hold grows. */
function overtakings(movements: readonly Movement[]): string[] {
  const holds = new Map<string, Waiting>();
  const wrong: string[] = [];
  for (const { movementId, at, kind, holdId, backordered } of movements) {
    if (holdId === undefined) continue;
    const hold = holds.get(holdId) ?? { holdId, createdAt: at, units: 0 };
    const older = kind === 'filled' && [...holds.values()].find((other) => other.units > 0 && isOlder(other, hold));
    if (older) wrong.push(`${movementId} filled ${holdId} before ${older.holdId}`);
    hold.units += backordered ? backordered.after - backordered.before : 0;
    holds.set(holdId, hold);
  }
  return wrong;
}

test.each(bases)(
  '$name, killed again and again, give each unit to one backorder and announce it once',
  {
    timeout: 180_000 + SECONDS * 4_000,
  },
  async ({ open }) => {
    await using base = await open();
    await using receiver = await WebhookReceiver.open();
    await using servers = await Servers.start(base);
    const dice = new Dice(SEED, 'kills');
    const operator = () => servers.caller(dice).asOperator();
    must(await operator().mutate('locations.define', { id: 'berlin', priority: 10 }));
    must(await operator().mutate('stock.define', { sku: SKU }));
    for (const location of LOCATIONS)
      must(await operator().mutate('stock.define', { sku: SKU, location, backorderLimit: ROOM }));
    const hook = must(await operator().mutate('webhooks.create', { url: receiver.url, events: ['backorder.filled'] }));
    receiver.secret = hook.secret;
    // All servers know the location from here on.
    await sleep(1_100);
    const lines = [{ sku: SKU, quantity: 1 }];
    must(await operator().mutate('reservations.create', { reference: 'first', lines, ttlMs: null }));
    must(await operator().mutate('stock.receive', { sku: SKU, quantity: 1, location: 'berlin' }));

    const tally: Tally = { received: 1, dispatched: 0 };
    const until = performance.now() + SECONDS * 1_000;
    const buyers = Array.from({ length: BUYERS }, (_, n) => act(servers, `buyer-${n}`, { tally, until }));
    while (performance.now() < until) {
      await sleep(dice.between(200, 700));
      await servers.killOne(dice);
    }
    await Promise.all(buyers);

    const calm = await poll(
      async () => {
        const { locations = [], ...level } = must(await operator().query('stock.level', { sku: SKU }));
        const isFilled = locations.every(
          ({ onHand, reserved, committed, backordered }) =>
            backordered === 0 || onHand === reserved + committed - backordered,
        );
        return isFilled && { ...level, locations };
      },
      { timeoutMs: 30_000, describe: () => `units wait for their backorders, HOLDFAST_SEED=${SEED}` },
    );
    expect(calm.onHand, `HOLDFAST_SEED=${SEED}`).toBe(tally.received - tally.dispatched);
    for (const { onHand, reserved, committed } of calm.locations) {
      expect(reserved + committed - onHand).toBeLessThanOrEqual(ROOM);
    }
    const audit = must(await operator().query('admin.audit', {}));
    expect(audit.violations).toEqual([]);
    const movements = await Promise.all(LOCATIONS.map((location) => movementsOf(operator(), location)));
    expect(movements.flatMap(overtakings), `HOLDFAST_SEED=${SEED}`).toEqual([]);
    const fills = movements.flat().filter(({ kind }) => kind === 'filled');
    expect(fills.length).toBeGreaterThan(0);
    const announced = () => new Map(receiver.received.map(({ id, payload: { data } }) => [id, data]));
    await poll(() => announced().size >= fills.length, {
      timeoutMs: 60_000,
      describe: () => `${announced().size} of ${fills.length} fills were announced, HOLDFAST_SEED=${SEED}`,
    });
    const shown = ({ holdId, location, units }: Record<string, unknown>) => `${holdId} ${location ?? 'main'} ${units}`;
    const expected = fills.map(({ holdId, location, quantity }) => shown({ holdId, location, units: quantity }));
    expect([...announced().values()].map(shown).sort()).toEqual(expected.sort());
    expect(receiver.forged).toEqual([]);
    console.log(`${fills.length} fills, ${receiver.received.length} deliveries, HOLDFAST_SEED=${SEED}`);
  },
);
