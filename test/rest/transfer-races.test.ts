import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Audit } from '../../src/contract/outputs/admin-outputs.ts';
import type { Transfer } from '../../src/contract/outputs/transfer-outputs.ts';
import { stockKey } from '../../src/domain/stock-keys.ts';
import { Dice } from '../support/dice.ts';
import { embeddedEngine, type Opened, redisEngine } from '../support/engines.ts';
import { call, must } from '../support/rest-caller.ts';
import { replayable } from '../support/seed.ts';
import { type ShopServer, startShop } from '../support/shop-server.ts';
import { onHandAt } from '../support/transfer-shop.ts';

const OPERATOR = { operator: true };
const LOCATIONS = ['main', 'berlin', 'paris'];
const UNITS = 12;

type Sent = [string, Record<string, unknown>];
const times = (count: number, ...sent: Sent): Sent[] => Array.from({ length: count }, () => sent);

describe.each([embeddedEngine, redisEngine])('transfers that race, on $name', (engine) => {
  let shop: ShopServer;
  let opened: Opened;
  let skus = 0;
  /** The random calls that took effect. */
  const effects = new Set<string>();

  beforeAll(async () => {
    await engine.start();
    opened = await engine.open({ now: Date.now() });
    shop = await startShop({ LOG_LEVEL: 'error', SELL_AT: 'dispatch' }, opened.store);
    for (const id of LOCATIONS) await must(shop.url, 'locations.define', { id }, OPERATOR);
  });
  afterAll(async () => {
    await shop[Symbol.asyncDispose]();
    await opened[Symbol.asyncDispose]();
    await engine.stop();
  });

  /** Defines a SKU that has `UNITS` units at `main`. */
  async function supplied(): Promise<string> {
    skus += 1;
    const sku = `sku-${skus}`;
    await must(shop.url, 'stock.define', { sku }, OPERATOR);
    await must(shop.url, 'stock.receive', { sku, quantity: UNITS }, OPERATOR);
    return sku;
  }

  const created = (sku: string, quantity: number): Promise<Transfer> =>
    must(shop.url, 'transfers.create', { from: 'main', to: 'berlin', lines: [{ sku, quantity }] }, OPERATOR);

  const sent = async (sku: string, quantity: number): Promise<Transfer> =>
    must(shop.url, 'transfers.dispatch', { transferId: (await created(sku, quantity)).transferId }, OPERATOR);

  /** Sends the calls at once. Returns the reason of each refusal, and null for each success. */
  const race = async (...calls: readonly Sent[]): Promise<(string | null)[]> =>
    Promise.all(
      calls.map(async ([path, input]) => (await call(shop.url, path, input, OPERATOR)).error?.reason ?? null),
    );

  const sound = async (): Promise<void> => {
    expect((await must<Audit>(shop.url, 'admin.audit', {}, OPERATOR)).violations).toEqual([]);
  };

  test('are dispatched once', async () => {
    const sku = await supplied();
    const { transferId } = await created(sku, 5);
    const seen = await race(...times(8, 'transfers.dispatch', { transferId }));
    expect(seen.filter((reason) => reason === null)).toHaveLength(1);
    expect(seen.filter((reason) => reason === 'transfer_state')).toHaveLength(7);
    expect(await onHandAt(opened, sku, 'main')).toEqual([UNITS - 5]);
  });

  test('share the units that are there, and never take those of a shopper', async () => {
    const sku = await supplied();
    const drafts = await Promise.all([4, 4, 4].map((quantity) => created(sku, quantity)));
    const shoppers = Array.from({ length: 8 }, async (_, each): Promise<number> => {
      const answer = await call(shop.url, 'cart.add', { sku, quantity: 1 }, { session: `racer-${skus}-${each}` });
      return answer.error ? 0 : 1;
    });
    const [taken, ...held] = await Promise.all([
      race(...drafts.map(({ transferId }): Sent => ['transfers.dispatch', { transferId }])),
      ...shoppers,
    ]);
    const left = UNITS - 4 * taken.filter((reason) => reason === null).length;
    const reserved = held.reduce((sum, units) => sum + units, 0);
    expect(taken.filter((reason) => reason !== null).every((reason) => reason === 'insufficient_stock')).toBe(true);
    const [view] = await opened.store.read([{ skus: [sku] }]);
    expect(view?.stock[0]).toMatchObject({ onHand: left, reserved });
    expect(reserved).toBeLessThanOrEqual(left);
    await sound();
  });

  test('receive and cancel each unit once', async () => {
    const sku = await supplied();
    const { transferId } = await sent(sku, 6);
    const one = { transferId, lines: [{ sku, quantity: 1 }] };
    const parts = times(9, 'transfers.receive', one);
    const seen = await race(
      ...parts.slice(0, 4),
      ['transfers.cancel', { transferId, reason: 'late' }],
      ...parts.slice(4),
    );
    const received = seen.filter((reason, at) => reason === null && at !== 4).length;
    const [atMain, atBerlin] = await onHandAt(opened, sku, 'main', 'berlin');
    expect([atBerlin ?? 0, (atMain ?? 0) + (atBerlin ?? 0)]).toEqual([received, UNITS]);
    const { status, lines } = await must<Transfer>(shop.url, 'transfers.get', { transferId }, OPERATOR);
    expect([status, lines[0]?.received]).toEqual([received === 6 ? 'received' : 'cancelled', received]);
    await sound();
  });

  test('repeat under one key with one effect', async () => {
    const sku = await supplied();
    const { transferId } = await created(sku, 6);
    const repeated = (path: string, input: object) =>
      race(...times(4, path, { ...input, idempotencyKey: `${path}-${sku}` }));
    expect(await repeated('transfers.dispatch', { transferId })).toEqual([null, null, null, null]);
    const part = { transferId, lines: [{ sku, quantity: 2 }] };
    expect(await repeated('transfers.receive', part)).toEqual([null, null, null, null]);
    expect(await onHandAt(opened, sku, 'main', 'berlin')).toEqual([UNITS - 6, 2]);
  });

  test('neither create nor destroy units, whatever happens at once', async () => {
    const { seed } = replayable();
    const [first, second] = [await supplied(), await supplied()];
    const workers = [0, 1, 2, 3].map((each) => work(new Dice(seed, `worker ${each}`), [first, second]));
    await Promise.all(workers);
    expect([...effects].sort(), `seed ${seed}`).toEqual(['cancel', 'create', 'dispatch', 'receive']);
    for (const sku of [first, second]) {
      const onHand = (await onHandAt(opened, sku, ...LOCATIONS)).reduce<number>((sum, units) => sum + (units ?? 0), 0);
      expect([sku, onHand + (await elsewhere(sku))], `seed ${seed}`).toEqual([sku, UNITS]);
    }
    await sound();
  });

  /** Moves random units to and fro. Refusals are a part of it. */
  async function work(dice: Dice, moved: readonly string[]): Promise<void> {
    for (let each = 0; each < 40; each += 1) {
      // All units begin there, so that many drafts can be dispatched.
      const from = dice.chance(0.6) ? 'main' : dice.pick(LOCATIONS);
      const to = dice.pick(LOCATIONS.filter((id) => id !== from));
      const lines = moved.filter(() => dice.chance(0.7)).map((sku) => ({ sku, quantity: dice.between(1, 4) }));
      const { items } = await must<{ items: Transfer[] }>(shop.url, 'transfers.list', { limit: 500 }, OPERATOR);
      const act = dice.pick(['create', 'dispatch', 'dispatch', 'receive', 'receive', 'receive', 'cancel'] as const);
      const ready = items.filter(({ status }) => status === (act === 'dispatch' ? 'draft' : 'in_transit'));
      const known = ready.length > 0 && dice.chance(0.7) ? ready : items;
      const { transferId = 'trf_none', lines: shown = [] } = known.length > 0 ? dice.pick(known) : {};
      const arrived = shown.map(({ sku }) => ({ sku, quantity: dice.between(0, 2), lost: dice.between(0, 1) }));
      const inputs = {
        create: { from, to, lines },
        dispatch: { transferId },
        receive: { transferId, lines: arrived.filter(({ quantity, lost }) => quantity + lost > 0), reason: 'some' },
        cancel: { transferId, reason: 'any' },
      };
      const answer = await call(shop.url, `transfers.${act}`, inputs[act], OPERATOR);
      expect(answer.status, JSON.stringify(answer)).toBeLessThan(500);
      if (!answer.error) effects.add(act);
    }
  }

  /** The units of a SKU that are in transit, or that transfers have lost. */
  async function elsewhere(sku: string): Promise<number> {
    const { items } = await must<{ items: Transfer[] }>(shop.url, 'transfers.list', { limit: 500 }, OPERATOR);
    const units = items.flatMap(({ status, lines }) =>
      lines
        .filter((line) => line.sku === sku)
        .map(({ quantity, received, lost }) => (status === 'in_transit' ? quantity - received : lost)),
    );
    return units.reduce((sum, each) => sum + each, 0);
  }

  test('show their units at no location while they are in transit', async () => {
    const sku = await supplied();
    await sent(sku, UNITS);
    const [view] = await opened.store.read([{ skus: LOCATIONS.map((id) => stockKey(sku, id)) }]);
    expect(view?.stock.map((record) => record?.onHand ?? null)).toEqual([0, null, null]);
    const refused = await call(shop.url, 'cart.add', { sku, quantity: 1 }, { session: 'nobody-gets-it' });
    expect(refused.error?.reason).toBe('insufficient_stock');
  });
});
