import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Arguments, readArguments } from '../../load-tests/run/arguments.ts';
import type { Definition, Options } from '../../load-tests/run/toolkit/definition.ts';
import { SCENARIOS } from '../../load-tests/run/scenarios/registry.ts';
import type { Report } from '../../load-tests/run/report.ts';
import { runLoad } from '../../load-tests/run/run-load.ts';
import { breakServer, COMMITTED, FAIRNESS, type Forgotten, SOURCES } from '../support/broken-server.ts';
import { k6Binary } from '../support/k6-binary.ts';
import { type Liar, startLyingProxy } from '../support/lying-proxy.ts';
import { redisBinary } from '../support/redis-binary.ts';
import { OPERATOR_KEY, startServerProcess } from '../support/server-process.ts';
import { tempDir } from '../support/temp-dir.ts';
import { LIARS } from './load-liars.ts';
import { FULL } from '../support/scale.ts';

// docs/load-tests-fooled.md lists the faults by scenario. The suite runs the first one, `npm run test:faults` all of
// them.

const TIMEOUT_MS = 300_000;
const SCRIPTS = join(import.meta.dirname, '../../load-tests/scenarios');
process.env['HOLDFAST_K6'] ??= k6Binary();
process.env['HOLDFAST_REDIS_SERVER'] ??= redisBinary();

type Scenario = [name: string, ...options: string[]];

const words = (text: string): Scenario => text.split(' ') as Scenario;
const short = (text: string): Scenario => words(`${text} --rate 20 --seconds 4 --warmup-rate 10 --warmup-seconds 2`);

const SMOKE = words('smoke');
const SALE = short('flash-sale --units 30');
const CATALOG = short('many-skus --skus 100 --units 50');
const CHURN = short('cart-churn --units 100');
const STORM = short('retry-storm');
const RACE = short('payment-race');
const STRESS = words(
  'stress --rate 100 --ramp-seconds 4 --top-seconds 2 --busy 300 --calm-rate 20 --calm-seconds 3 --settle-seconds 2',
);
const FLOOD = words('flood --idle-seconds 5 --seconds 8');
const DISPATCH = short('dispatch --skus 1 --units 20');
const LOCATIONS = short('locations --skus 1 --units 20');
const SOAK = words('soak --minutes 1 --warmup-seconds 1');

/** Runs a scenario, and deletes the report of k6. */
async function runHere(args: Arguments): Promise<Report> {
  await using dir = await tempDir();
  const places = { scripts: SCRIPTS, htmlFile: join(dir.path, 'report.html') };
  return await runLoad(args, places, new AbortController().signal);
}

/** Runs a scenario through a lying proxy, also the scenarios that normally start their own server. */
async function runThrough(liar: Liar, [name, ...options]: Scenario): Promise<Report & { lies: number }> {
  const args = readArguments([name, ...options]);
  await using dir = await tempDir();
  const settings = args.definition.server?.(args.options) ?? {};
  await using server = await startServerProcess({ DATA_DIR: join(dir.path, 'data'), ...settings });
  await using proxy = await startLyingProxy(server.url, liar);
  const report = await runHere({ ...args, at: { url: proxy.url, operatorKey: OPERATOR_KEY } });
  return { ...report, lies: proxy.lies };
}

const MUTANTS: [scenario: Scenario, lie: keyof typeof LIARS, problem: RegExp][] = [
  [SALE, 'somebodyElsesOrder', /orders were acknowledged to several shoppers/],
  [SALE, 'inventedOrder', /acknowledged orders are not on record/],
  [SALE, 'unpaidOrder', /the order is the answer to the call/],
  [SALE, 'deniedHold', /units are sold on record, of 30/],
  [SALE, 'deniedSale', /orders are on record that no shopper received/],
  [SALE, 'generousCart', /the cart holds the one unit/],
  [SALE, 'vagueRefusal', /a refusal for stock names what is short/],
  [CATALOG, 'refusedWithoutAsking', /were refused, \d+ are left/],
  [CATALOG, 'shortenedOrder', /is sold/],
  [CHURN, 'cachedCart', /the cart has what was put in/],
  [CHURN, 'generousCart', /the cart has what was put in/],
  [CHURN, 'inflatedStock', /no more is available than there is/],
  [STORM, 'forgivenKey', /a key that is used for something else/],
  [STORM, 'manyHolds', /one key has one effect/],
  [RACE, 'paidAnyway', /an order ends once|was reported as placed/],
  [RACE, 'borrowedOrder', /orders were acknowledged to several shoppers/],
  [STRESS, 'deafUnderLoad', /threshold served\{phase:ramp\}/],
  [SOAK, 'cachedCart', /carts that were left behind are not gone/],
  [SMOKE, 'otherOrder', /the order is the answer to the call/],
  [SMOKE, 'emptyAnswer', /the script failed/],
];

test.each(FULL ? MUTANTS : MUTANTS.slice(0, 1))(
  '%j fails if a proxy lies: %s',
  { timeout: TIMEOUT_MS },
  async (scenario, lie, problem) => {
    const { ok, problems, lies } = await runThrough(LIARS[lie](), scenario);
    expect(problems.join('\n')).toMatch(problem);
    expect(lies).toBeGreaterThan(0);
    expect(ok).toBe(false);
  },
);

/** Attacks that settings of the server defend against. Without them the same run fails. */
const UNDEFENDED: [scenario: Scenario, server: Record<string, string>, problem: RegExp][] = [
  [
    words('hoarding --units 100 --sessions 100 --rate 20 --shoppers 60'),
    { HOLD_SHARE_MAX_CLIENT: '0' },
    /one client holds \d+ of 100 units, and its share is 5/,
  ],
  [
    words('store-filling --skus 10000 --seconds 20'),
    { ORDERS_DAILY_MAX_CLIENT: '1000000', ORDERS_DAILY_MAX_SESSION: '1000000' },
    /the store grew by/,
  ],
];
const ATTACKS = (FULL ? ['embedded', 'redis'] : []).flatMap((store) =>
  UNDEFENDED.map(([scenario, ...rest]) => [[...scenario, '--store', store] as Scenario, ...rest] as const),
);

test.each(ATTACKS)(
  '%j fails only without its defense: %j',
  { timeout: 2 * TIMEOUT_MS },
  async (scenario, off, problem) => {
    const args = readArguments(scenario);
    const run = (more: Record<string, string>) => {
      const server = (options: Options) => ({ ...args.definition.server?.(options), ...more });
      return runHere({ ...args, definition: { ...args.definition, server } });
    };
    expect((await run({})).problems).toEqual([]);
    const undefended = await run(off);
    expect(undefended.problems.join('\n')).toMatch(problem);
    expect(undefended.ok).toBe(false);
  },
);

/** Builds of the server without some of its checks. */
const BROKEN: [what: string, scenario: Scenario, forgotten: readonly Forgotten[], problem: RegExp][] = [
  ['does not bound calls in flight nor take turns', FLOOD, FAIRNESS, /threshold surprises/],
  ['takes more units than a line asks for', LOCATIONS, SOURCES, /a line has its units at different locations/],
  ['sells committed units again', DISPATCH, COMMITTED, /sold units on the shelf|units were sold that are not there/],
];

test.each(FULL ? BROKEN : [])(
  'a server that %s fails %j',
  { timeout: TIMEOUT_MS },
  async (_, scenario, forgotten, problem) => {
    await using broken = await breakServer(forgotten);
    await using dir = await tempDir();
    const args = readArguments(scenario);
    const settings = { ...args.definition.server?.(args.options), DATA_DIR: dir.path };
    await using server = await startServerProcess(settings, { main: broken.main });
    const { ok, problems } = await runHere({ ...args, at: { url: server.url, operatorKey: OPERATOR_KEY } });
    expect(problems.join('\n')).toMatch(problem);
    expect(ok).toBe(false);
  },
);

/** Where Redis and the server are killed there is no proxy. The store itself is the mutant. */
const FORGETFUL = FULL ? ['redis'] : [];

test.each(FORGETFUL)('kill fails if %s loses acknowledged effects', { timeout: TIMEOUT_MS }, async (store) => {
  const args = readArguments(['kill', '--store', store, '--seconds', '15']);
  const forgetful: Definition = {
    ...args.definition,
    server: (options) => ({ ...args.definition.server?.(options), DURABILITY: 'none' }),
    redis: () => ({ appendonly: 'no', save: '' }),
  };
  const { ok, problems } = await runHere({ ...args, definition: forgetful });
  expect(ok).toBe(false);
  expect(problems.join('\n')).toMatch(/gave_up|acknowledged|read back/);
});

test('has a mutant for every scenario', () => {
  const attacks = UNDEFENDED.map(([[name]]) => name);
  const builds = BROKEN.map(([, [name]]) => name);
  const named = new Set([...MUTANTS.map(([[name]]) => name), ...attacks, ...builds, 'kill']);
  expect([...named].toSorted()).toEqual(SCENARIOS.map(({ name }) => name).toSorted());
});
