import { describe, expect, test } from 'vitest';
import { CallAdmission, type Arrival, type CallClass } from '../../src/http/admission/admission.ts';
import { callClassOf } from '../../src/http/admission/call-class.ts';
import { ServiceRate } from '../../src/http/admission/service-rate.ts';
import { StallWatch } from '../../src/health/stall-watch.ts';

const WAIT_MAX_MS = 1_000;

/** An admission with a fake clock and a fake event loop. */
function rig() {
  let now = 0;
  const log: string[] = [];
  const due: (() => void)[] = [];
  const open: (() => void)[] = [];
  const connections = { wait: false };
  const admission = new CallAdmission({
    waitMaxMs: WAIT_MAX_MS,
    isAccepting: () => connections.wait,
    now: () => now,
    endOfTurn: (callback) => due.push(callback),
    afterTask: (callback) => callback(),
  });
  const arrive = (name: string, changes: Partial<Arrival> & { costMs?: number } = {}): Arrival => ({
    callClass: 'shopper',
    isBounded: true,
    isAbandoned: () => false,
    begin: () => {
      log.push(name);
      now += changes.costMs ?? 0;
      return new Promise<void>((resolve) => open.push(resolve));
    },
    shed: () => log.push(`shed ${name}`),
    ...changes,
  });
  const turn = (): void => {
    for (const callback of due.splice(0)) callback();
  };
  const finish = async (count: number): Promise<void> => {
    for (const end of open.splice(0, count)) end();
    await new Promise(setImmediate);
  };
  const pass = (ms: number): void => {
    now += ms;
  };
  return { admission, log, arrive, turn, finish, pass, connections };
}

const many = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe('calls', () => {
  test('begin at once while the turn has time', () => {
    const { admission, log, arrive } = rig();
    admission.admit(arrive('a'));
    expect(log).toEqual(['a']);
    expect(admission.begun).toBe(1);
  });

  test('wait for the next turn when this one is used up', () => {
    const { admission, log, arrive, turn } = rig();
    for (const name of ['a', 'b', 'c']) admission.admit(arrive(name, { costMs: 20 }));
    expect(log).toEqual(['a']);
    turn();
    expect(log).toEqual(['a', 'b']);
    turn();
    expect(log).toEqual(['a', 'b', 'c']);
  });

  test('of several parties begin in turn, whatever one of them has sent before', () => {
    const { admission, log, arrive, turn } = rig();
    admission.admit(arrive('first', { costMs: 20 }));
    for (const n of many(40)) admission.admit(arrive(`flood${n}`, { party: 'flooder' }));
    admission.admit(arrive('honest', { party: 'shopper' }));
    turn();
    expect(log.slice(0, 4)).toEqual(['first', 'flood0', 'honest', 'flood1']);
  });

  test('of checkouts begin before earlier ones of shoppers, except every fourth one', () => {
    const { admission, log, arrive, turn } = rig();
    admission.admit(arrive('first', { costMs: 20 }));
    for (const n of many(3)) admission.admit(arrive(`s${n}`));
    for (const n of many(6)) admission.admit(arrive(`c${n}`, { callClass: 'checkout' }));
    turn();
    expect(log).toEqual(['first', 'c0', 'c1', 'c2', 's0', 'c3', 'c4', 'c5', 's1', 's2']);
  });

  test('begin only half of the time while connections wait to be accepted', () => {
    const { admission, log, arrive, turn, pass, connections } = rig();
    connections.wait = true;
    for (const name of ['a', 'b', 'c']) admission.admit(arrive(name, { costMs: 40 }));
    const turnsUntil = (calls: number): number => {
      let turns = 0;
      for (; log.length < calls && turns < 100; turns += 1) {
        pass(1);
        turn();
      }
      return turns;
    };
    expect(log).toEqual([]);
    expect(turnsUntil(1)).toBe(16);
    expect(turnsUntil(2)).toBeGreaterThanOrEqual(40);
    connections.wait = false;
    expect(turnsUntil(3)).toBe(1);
  });

  test('do not begin if their client has disconnected', () => {
    const { admission, log, arrive, turn } = rig();
    admission.admit(arrive('first', { costMs: 20 }));
    admission.admit(arrive('gone', { isAbandoned: () => true }));
    admission.admit(arrive('there'));
    turn();
    expect(log).toEqual(['first', 'there']);
    expect(admission.counts.abandoned).toBe(1);
  });

  test('that are subscriptions begin and do not count as outstanding', () => {
    const { admission, arrive } = rig();
    admission.admit(arrive('watch', { isBounded: false }));
    expect(admission.begun).toBe(0);
  });
});

describe('shedding', () => {
  const isOver = ({ admission }: ReturnType<typeof rig>, callClass: CallClass = 'shopper', ageMs = 0): boolean =>
    admission.isOver({ callClass }, ageMs);

  test('sheds nothing while few calls are outstanding, even slow ones', () => {
    const shop = rig();
    for (const n of many(127)) shop.admission.admit(shop.arrive(`${n}`));
    shop.pass(60_000);
    expect(isOver(shop)).toBe(false);
  });

  test('sheds a shopper if the calls ahead take longer than the bound at the measured rate, and no checkout', async () => {
    const shop = rig();
    for (const n of many(500)) shop.admission.admit(shop.arrive(`${n}`));
    expect(isOver(shop)).toBe(false);
    // 20 calls in each 100 ms are 200 per second, so that far fewer calls reach the bound.
    for (const _ of many(15)) {
      shop.pass(100);
      await shop.finish(20);
    }
    expect(shop.admission.perSecond).toBeLessThan(250);
    expect(isOver(shop)).toBe(true);
    expect(isOver(shop, 'checkout')).toBe(false);
    expect(isOver(shop, 'operator')).toBe(false);
  });

  test('sheds a shopper whose bytes have waited earlier', () => {
    const shop = rig();
    for (const n of many(300)) shop.admission.admit(shop.arrive(`${n}`));
    expect([isOver(shop), isOver(shop, 'shopper', 900)]).toEqual([false, true]);
  });

  test('sheds and counts a call that has waited longer than the bound', () => {
    const shop = rig();
    shop.admission.admit(shop.arrive('first', { costMs: 20 }));
    for (const n of many(200)) shop.admission.admit(shop.arrive(`${n}`));
    shop.pass(WAIT_MAX_MS);
    shop.turn();
    shop.turn();
    expect(shop.log).toContain('shed 0');
    expect(shop.admission.counts.shed.shopper).toBeGreaterThan(0);
  });
});

describe('the rate', () => {
  test('follows the finished calls under load, and ignores quiet windows', () => {
    const rate = new ServiceRate(0);
    let now = 0;
    const run = (perWindow: number, isSaturated: boolean): void => {
      for (const _ of many(30)) {
        now += 100;
        for (const __ of many(perWindow - 1)) rate.finished(now - 1, isSaturated);
        rate.finished(now, isSaturated);
      }
    };
    run(400, true);
    expect(rate.perMs).toBeCloseTo(4, 0);
    run(1, false);
    expect(rate.perMs).toBeCloseTo(4, 0);
    run(50, true);
    expect(rate.perMs).toBeCloseTo(0.5, 0);
  });
});

describe('after a stall', () => {
  test('requests are stale until the end of the next turn, and later ones are not', () => {
    let now = 0;
    let endTurn = (): void => undefined;
    const stalls = new StallWatch(
      () => now,
      (callback) => (endTurn = callback),
    );
    now = 1_000;
    expect(stalls.isStale()).toBe(false);
    now = 6_000;
    expect(stalls.isStale()).toBe(true);
    stalls.beat();
    expect(stalls.isStale()).toBe(true);
    endTurn();
    expect(stalls.isStale()).toBe(false);
  });
});

describe('the class of a request', () => {
  const KEY = 'Bearer right';
  const classOf = (url: string, authorization?: string) =>
    callClassOf({ url, headers: authorization === undefined ? {} : { authorization } }, (given) => given === KEY);

  test.each([
    ['/health/live', null],
    ['/health/ready', null],
    ['/metrics', 'operator'],
    ['/trpc/cart.add', 'shopper'],
    ['/trpc/cart.add?x=checkout.place', 'shopper'],
    ['/trpc/checkout.place', 'checkout'],
    ['/trpc/cart.get,checkout.cancel?batch=1', 'checkout'],
    ['/payments/stripe', 'checkout'],
    ['/api/v1/cart/lines', 'shopper'],
    ['/api/v1/orders/checkout', 'checkout'],
    ['/api/v1/orders/checkout/', 'checkout'],
    ['/api/v1/orders/ord_1/cancel?x=1', 'checkout'],
    ['/api/v1/orders/ord_1', 'shopper'],
    ['/nothing', 'shopper'],
  ])('of %s is %s', (url, expected) => {
    expect(classOf(url)).toBe(expected);
  });

  test('is operator only with the right key', () => {
    expect([classOf('/trpc/stock.level', KEY), classOf('/trpc/stock.level', 'Bearer wrong')]).toEqual([
      'operator',
      'shopper',
    ]);
  });
});
