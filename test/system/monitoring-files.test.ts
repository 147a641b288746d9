import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { HttpCaller, must } from '../support/http-caller.ts';
import { poll } from '../support/poll.ts';
import { type Prometheus, prometheusProgram, startPrometheus } from '../support/prometheus.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { type TempDir, tempDir } from '../support/temp-dir.ts';

interface Rules {
  groups: { rules: { alert: string; expr: string; labels: { severity: string } }[] }[];
}
interface Dashboard {
  panels: { title: string; targets: { expr: string }[] }[];
}

const DEPLOY = join(import.meta.dirname, '../../deploy');
const RULES = join(DEPLOY, 'prometheus/alerts.yml');
const alerts = (parse(readFileSync(RULES, 'utf8')) as Rules).groups.flatMap(({ rules }) => rules);
const { panels } = JSON.parse(readFileSync(join(DEPLOY, 'grafana/holdfast.json'), 'utf8')) as Dashboard;
const queries = panels.flatMap(({ title, targets }) => targets.map(({ expr }): [string, string] => [title, expr]));

const UNITS = 20;
const SHOPPERS = 60;
let dir: TempDir;
let server: ServerProcess;
let prometheus: Prometheus;

/** Sixty shoppers want one of twenty units. One of those who got one begins a payment and does not pay. */
async function flashSale(url: string): Promise<void> {
  const operator = new HttpCaller(url).asOperator();
  must(await operator.mutate('stock.define', { sku: 'MUG' }));
  must(await operator.mutate('stock.receive', { sku: 'MUG', quantity: UNITS }));
  const shoppers = Array.from({ length: SHOPPERS }, (_, nth) => operator.as(`shopper-${1_000 + nth}`));
  const added = await Promise.all(shoppers.map((shopper) => shopper.mutate('cart.add', { sku: 'MUG', quantity: 1 })));
  const winners = shoppers.filter((_, nth) => added[nth]?.ok);
  expect(winners.length).toBe(UNITS);
  const [unpaid, ...buyers] = winners;
  must(await unpaid!.mutate('checkout.begin', { idempotencyKey: 'unpaid', paymentWindowMs: 1_000 }));
  const placed = await Promise.all(
    buyers.map((shopper) => shopper.mutate('checkout.place', { idempotencyKey: 'sale' })),
  );
  placed.forEach(must);
  must(await operator.query('stock.availability', { skus: ['MUG'] }));
}

beforeAll(async () => {
  dir = await tempDir();
  server = await startServerProcess({ DATA_DIR: dir.path });
  prometheus = await startPrometheus(new URL(server.url).host);
  const scraped = async (): Promise<boolean> => (await prometheus.query('holdfast_ready == 1')).length > 0;
  await poll(scraped, { timeoutMs: 20_000 });
  await flashSale(server.url);
  // Rates need two scrapes after the sale and after the expiry of its holds.
  const rateOf = (end: string): string => `rate(holdfast_holds_ended_total{end="${end}"}[1m]) > 0`;
  const counted = async (): Promise<boolean> => (await prometheus.query(rateOf('expired'))).length > 0;
  await poll(counted, { timeoutMs: 20_000 });
}, 60_000);
afterAll(async () => {
  await prometheus[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  await dir[Symbol.asyncDispose]();
});

test('promtool accepts the alert rules', async () => {
  const { stdout } = await promisify(execFile)(prometheusProgram('promtool'), ['check', 'rules', RULES]);
  expect(stdout).toContain(`SUCCESS: ${alerts.length} rules found`);
});

test('docs/metrics.md lists each alert with its severity, in the order of the file', () => {
  const page = readFileSync(join(DEPLOY, '../docs/metrics.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `(Holdfast\w+)` \| (\w+) \|/gm)].map(([, alert, severity]) => [alert, severity]);
  expect(rows).toEqual(alerts.map(({ alert, labels }) => [alert, labels.severity]));
});

test.each(queries)('the panel %s has data after a flash sale: %s', async (_, expression) => {
  const series = await prometheus.query(expression.replaceAll('$__rate_interval', '1m').replaceAll('$job', '.+'));
  expect(series).not.toEqual([]);
});

test.each(alerts.map(({ alert, expr }) => [alert, expr]))(
  'the alert %s can be evaluated, and its metrics exist: %s',
  async (_, expr = '') => {
    await prometheus.query(expr);
    const served = await (await fetch(`${server.url}/metrics`)).text();
    const named = expr.match(/\b(?:holdfast|process|nodejs)_\w+/g) ?? [];
    expect(named).not.toEqual([]);
    for (const metric of named) expect(served).toContain(`# TYPE ${metric.replace(/_bucket$/, '')} `);
  },
);

test('an alert is on when the server is down', async () => {
  await server.kill9();
  const { expr } = alerts.find(({ alert }) => alert === 'HoldfastAbsent')!;
  const fired = async (): Promise<boolean> => (await prometheus.query(expr)).length > 0;
  await expect(poll(fired, { timeoutMs: 20_000 })).resolves.toBe(true);
});
