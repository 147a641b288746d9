import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { tempDir } from '../../test/support/temp-dir.ts';
import { type Good, skuOf } from '../lib/words.ts';
import type { Arguments } from './arguments.ts';
import type { Metrics } from './toolkit/definition.ts';
import { falseRefusals } from './false-refusals.ts';
import { type LoadShop, openShop, visitShop } from './toolkit/load-shop.ts';
import { few } from './toolkit/problems.ts';
import { auditProblems, readBack, type Records } from './toolkit/read-back.ts';
import type { Report } from './report.ts';
import { type K6Outcome, runK6, type Summary } from './run-k6.ts';
import { stockUp } from './toolkit/stock-up.ts';
import { openOrderOracle, type OrderOracle } from './toolkit/order-oracle.ts';
import { reportOf } from './verdict.ts';

export interface Places {
  /** The folder of the scripts. */
  scripts: string;
  /** The report of k6's dashboard. */
  htmlFile: string;
}

const OVERTIME_SECONDS = 120;

/** Opens the shop, stocks it, runs k6, audits, and returns the verdict. `signal` ends all of it early. */
export async function runLoad(args: Arguments, places: Places, signal: AbortSignal): Promise<Report> {
  const { definition, options } = args;
  const startedAt = new Date();
  const run = `${definition.name}-${startedAt.getTime().toString(36)}`;
  await using shop = await shopOf(args);
  try {
    const goods = await stockUp(shop, run, definition.goods(options));
    await definition.prepare?.({ options, operator: shop.operator, own: shop.own, goods });
    await using oracle = await openOrderOracle(goods);
    const { k6, notes, problems } = await runBoth({ args, places, signal, shop, oracle, goods, run });
    signal.throwIfAborted();
    const { records, found, slow } = await judge({ args, shop, oracle, goods, run, k6, notes }).catch(
      (error: unknown) => unread(error, shop),
    );
    signal.throwIfAborted();
    return reportOf({
      args,
      startedAt,
      k6,
      notes,
      reported: oracle.reported,
      records,
      problems: [...problems, ...found],
      slow,
    });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new Error(`${(error as Error).message}${lastWordsOf(shop)}`, { cause: error });
  }
}

const shopOf = async ({ at, store, definition, options }: Arguments): Promise<LoadShop> =>
  at
    ? visitShop(at.url, at.operatorKey)
    : openShop({ store, server: definition.server?.(options) ?? {}, redis: definition.redis?.(options) ?? {} });

interface Scene {
  args: Arguments;
  places: Places;
  signal: AbortSignal;
  shop: LoadShop;
  oracle: OrderOracle;
  goods: Good[];
  run: string;
}

/** Runs k6 and, at the same time, the scenario's part of the runner. */
async function runBoth({ args, places, signal, shop, oracle, goods, run }: Scene) {
  const { definition, options } = args;
  const { url, operatorKey, operator, own } = shop;
  await using dir = await tempDir();
  const ended = new AbortController();
  const running = runK6({
    script: join(places.scripts, `${definition.name}.ts`),
    plan: {
      url,
      operatorKey,
      oracleUrl: oracle.url,
      run,
      options,
      goods,
      stockOnlyFalls: definition.stockOnlyFalls ?? false,
    },
    dir: dir.path,
    htmlFile: places.htmlFile,
    secondsMax: definition.seconds(options) + OVERTIME_SECONDS,
    signal,
  }).finally(() => ended.abort());
  const notes: Record<string, number | string> = {};
  const { events } = oracle.reported;
  const acts = definition.during?.({
    options,
    url: shop.url,
    sku: (name) => skuOf(run, name),
    operator,
    own,
    sleep: (seconds) => sleep(seconds * 1_000, undefined, { signal: ended.signal }),
    nextEvent: (kind, isIt) => events.next(kind, isIt, ended.signal),
    recordEvent: (kind, event) => events.record(kind, event),
    note: (name, value) => (notes[name] = value),
  });
  const [k6, acted] = await Promise.allSettled([running, acts ?? Promise.resolve()]);
  if (k6.status === 'rejected') throw k6.reason;
  const problems = acted.status === 'fulfilled' ? [] : [`the runner's part of the scenario failed: ${acted.reason}`];
  return { k6: k6.value, notes, problems };
}

interface Findings {
  records: Records | null;
  found: string[];
  slow: string[];
}

interface Over extends Pick<Scene, 'args' | 'shop' | 'oracle' | 'goods' | 'run'> {
  k6: K6Outcome;
  notes: Record<string, number | string>;
}

/** Reads everything back and returns the findings. Rejects if the shop does not answer. */
async function judge({ args, shop, oracle, goods, run, k6, notes }: Over): Promise<Findings> {
  const { definition, options } = args;
  const { operator, own: ownShop } = shop;
  await definition.settle?.({ options, operator, own: ownShop, goods });
  const records = await readBack(operator, goods);
  const found = [
    ...auditProblems(goods, oracle.reported, records, definition.losesAnswers ?? false),
    ...few(falseRefusals(oracle.reported.events.of('refused'), records.levels)),
  ];
  const slow: string[] = [];
  const own = await definition.after?.({
    options,
    operator,
    own: ownShop,
    goods,
    sku: (name) => skuOf(run, name),
    reported: oracle.reported,
    records,
    metrics: metricsOf(k6.summary),
    note: (name, value) => void (notes[name] = value),
    tooSlow: (finding) => void slow.push(finding),
  });
  return { records, found: [...found, ...(own ?? [])], slow };
}

/** Returns the findings of a run whose shop has died. The findings of k6 are part of them. */
const unread = (error: unknown, shop: LoadShop): Findings => ({
  records: null,
  slow: [],
  found: [`the shop cannot be read back: ${(error as Error).message}${lastWordsOf(shop)}`],
});

const LINES_MAX = 5;
const CHARS_MAX = 400;

/**
 * Returns the last lines of a server that the runner started. They are cut, because a failure is logged with its
 * stack.
 */
const lastWordsOf = ({ own }: LoadShop): string =>
  (own?.server.output().split('\n') ?? [])
    .slice(-LINES_MAX)
    .map((line) => `\n${line.slice(0, CHARS_MAX)}`)
    .join('');

const metricsOf =
  (summary: Summary | null): Metrics =>
  (metric) =>
    summary?.metrics[metric]?.values ?? {};
