import { SHOP_HEADER } from '../../contract/shop-header.ts';
import { consoleLink, consoleOpened, openInBrowser } from './demo-console.ts';
import type { DemoOptions } from './demo-options.ts';
import { type DemoShop, openDemoShop } from './demo-shop.ts';
import { DemoWire } from './demo-wire.ts';
import { readBack, runSale, stockUp } from './flash-sale.ts';
import { SaleProgress } from './progress.ts';
import { conclusion, count, type DemoResult, type DemoSale, judgeSales } from './verdict.ts';

const CONNECTIONS_MAX = 128;
const INTERRUPTED = 130;
/** The average pause of a shopper with --console. With it, a sale to ten thousand shoppers takes about a minute. */
const CONSOLE_PAUSE_MS = 500;

const STORE_NAMES: Record<DemoOptions['store'], string> = {
  embedded: 'the embedded store',
  redis: 'a private Redis',
  cluster: 'a private Redis Cluster of three masters and three replicas',
};

const say = (text: string): void => void process.stderr.write(`${text}\n`);

/**
 * Runs a flash sale against a server of its own, and prints the result. Resolves with the problems that it found; an
 * error of the server or its Redis is one. A signal ends the process with code 130, and leaves no files.
 */
export async function runDemo(options: DemoOptions): Promise<readonly string[]> {
  say(`Starting a Holdfast server on ${STORE_NAMES[options.store]} ...`);
  const opening = openDemoShop(options);
  const stop = () => void opening.then((opened) => opened.close()).finally(() => process.exit(INTERRUPTED));
  process.on('SIGINT', stop).on('SIGTERM', stop);
  let shop: DemoShop | undefined;
  try {
    shop = await opening;
    const { result, problems } = judgeSales(options, await hold(options, shop));
    print(options, result, problems);
    process.off('SIGINT', stop).off('SIGTERM', stop);
    if (options.console) await ended();
    return problems;
  } catch (error) {
    return [[(error as Error).message, shop?.lastWords()].filter(Boolean).join('\n')];
  } finally {
    await shop?.close();
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

/** Resolves on a signal. Until then the console shows the result of the sale. */
function ended(): Promise<unknown> {
  say('The console stays open until you press Ctrl-C.');
  return new Promise((resolve) => process.once('SIGINT', resolve).once('SIGTERM', resolve));
}

/** Stocks the shops, runs their sales at the same time, and reads the orders and the audits. */
async function hold(options: DemoOptions, shop: DemoShop): Promise<DemoSale[]> {
  const { url, operatorKey } = shop;
  const { buyers, units, shops } = options;
  const operator = { authorization: `Bearer ${operatorKey}` };
  const office = new DemoWire(url, 1);
  for (const name of otherShops(shops)) await office.mutate('shops.create', { shop: name }, operator);
  const booths = ['main', ...otherShops(shops)].map((name, index) => boothOf(options, shop, { name, index }));
  for (const booth of booths) await stockUp(office, booth.operator, units);
  if (options.console) await showConsole(shop, office, operator);
  const connections = booths.reduce((sum, booth) => sum + booth.connections, 0);
  const where = shops > 1 ? `${count(units)} units in each of ${shops} shops` : `${count(units)} units`;
  say(`${count(buyers)} shoppers want one of ${where}, over HTTP, on ${connections} connections:`);
  const progress = new SaleProgress({ buyers, units: units * shops }, process.stderr);
  const pauseMs = options.console ? CONSOLE_PAUSE_MS : 0;
  const sold = await Promise.all(booths.map((booth) => sellAt(booth, pauseMs, progress)));
  const sales: DemoSale[] = [];
  for (const [{ operator: own, buyers: came }, sale] of sold) {
    sales.push({ ...sale, units, buyers: came, facts: await readBack(office, own) });
  }
  office.close();
  return sales;
}

/** A shop, and the shoppers who visit it. */
interface Booth {
  buyers: number;
  connections: number;
  wire: DemoWire;
  /** The headers of a call of its operator. */
  operator: Record<string, string>;
}

function boothOf(
  { buyers, shops }: DemoOptions,
  { url, operatorKey }: DemoShop,
  { name, index }: { name: string; index: number },
): Booth {
  const own = Math.floor((buyers + index) / shops);
  const connections = Math.max(1, Math.min(Math.floor(CONNECTIONS_MAX / shops), own));
  const ofShop: Record<string, string> = shops > 1 ? { [SHOP_HEADER]: name } : {};
  const wire = new DemoWire(url, connections, ofShop);
  return { buyers: own, connections, wire, operator: { authorization: `Bearer ${operatorKey}`, ...ofShop } };
}

const otherShops = (shops: number): string[] => Array.from({ length: shops - 1 }, (_, index) => `shop-${index + 2}`);

type Sold = Pick<DemoSale, 'visits' | 'seconds' | 'requests' | 'latenciesMs'>;

async function sellAt(booth: Booth, pauseMs: number, progress: SaleProgress): Promise<[Booth, Sold]> {
  const { buyers, connections, wire } = booth;
  const start = performance.now();
  const visits = await runSale(wire, { buyers, connections, pauseMs }, progress);
  const seconds = (performance.now() - start) / 1_000;
  const { requests, latenciesMs } = wire;
  wire.close();
  return [booth, { visits, seconds, requests, latenciesMs }];
}

async function showConsole(shop: DemoShop, wire: DemoWire, operator: Record<string, string>): Promise<void> {
  const link = consoleLink(shop);
  say(`The console: ${link}\nThe sale begins when it is open.`);
  if (process.stderr.isTTY) openInBrowser(link);
  await consoleOpened(wire, operator);
}

function print({ json }: DemoOptions, result: DemoResult, problems: readonly string[]): void {
  const {
    store,
    shops = 1,
    units,
    buyers,
    sold,
    oversold,
    undersold,
    auditOk,
    seconds,
    requests,
    p50Ms,
    p99Ms,
  } = result;
  const rows = [
    ['store', store],
    ['on sale', `${count(units)} units${shops > 1 ? ` in ${shops} shops` : ''}, ${count(buyers)} shoppers`],
    ['sold', count(sold)],
    ['oversold', count(oversold)],
    ['undersold', count(undersold)],
    ['audit', auditOk ? 'ok' : 'FAILED'],
    ['time', `${seconds} s, ${count(requests)} requests, ${count(Math.round(requests / seconds))} per second`],
    ['latency', `p50 ${p50Ms} ms, p99 ${p99Ms} ms`],
  ] as const;
  const lines = ['', ...rows.map(([name, value]) => `  ${name.padEnd(10)} ${value}`), ''];
  if (problems.length > 0) lines.push('Problems:', ...problems.map((problem) => `  - ${problem}`), '');
  lines.push(conclusion(result, problems));
  if (json) say(lines.join('\n'));
  else process.stdout.write(`${lines.join('\n')}\n`);
  if (json) process.stdout.write(`${JSON.stringify(result)}\n`);
}
