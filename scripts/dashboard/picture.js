// Draws docs/public/dashboard.png: starts a server and a Prometheus, runs a flash sale, asks Prometheus each query of
// deploy/grafana/holdfast.json, and draws the answers in Chromium. `npm run dashboard`.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';
import { pageOf } from './page.js';
import { runSale } from './sale.js';

const SALE_SECONDS = 90;
const QUIET_SECONDS = 10;
const SECONDS = SALE_SECONDS + 2 * QUIET_SECONDS;
const PICTURE = 'docs/public/dashboard.png';
const CACHED = 'node_modules/.cache/holdfast/prometheus/prometheus';
const NOTE =
  `Drawn by npm run dashboard from the queries of deploy/grafana/holdfast.json, during a flash sale of ${SALE_SECONDS} s ` +
  'on the embedded store. The numbers on top are those of the rush. It is not a picture of Grafana.';

const dir = mkdtempSync(join(tmpdir(), 'holdfast-dashboard-'));
const sleep = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1_000));

/** Starts a program, and resolves with it and the first match of `ready` in what it prints. */
async function start(command, args, env, ready) {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const found = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${command} ended with ${code}`)));
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        const match = ready.exec(line);
        if (match) resolve(match);
      });
    }
  });
  return { child, found };
}

const OPERATOR_KEY = 'operator-key-of-the-dashboard';
const SERVER = {
  OPERATOR_KEY,
  PORT: '0',
  DATA_DIR: join(dir, 'data'),
  HOLD_TTL_MS: '12000',
  WEBHOOK_ALLOW_PRIVATE: 'yes',
  METRICS: 'public',
};

async function startPrometheus(target) {
  const config = join(dir, 'prometheus.yml');
  const job = { job_name: 'holdfast', static_configs: [{ targets: [target] }] };
  writeFileSync(config, JSON.stringify({ global: { scrape_interval: '1s' }, scrape_configs: [job] }));
  const args = [`--config.file=${config}`, `--storage.tsdb.path=${join(dir, 'tsdb')}`];
  const program = existsSync(CACHED) ? CACHED : 'prometheus';
  return start(program, [...args, '--web.listen-address=127.0.0.1:0'], {}, /Listening on.* address=(127\S+)/);
}

/** Returns the series of a query from `from` on, with the names of the legend. */
async function seriesOf(prometheus, { expr, legendFormat = '' }, from) {
  const query = expr.replaceAll('$__rate_interval', '5s').replaceAll('$job', '.+');
  const range = new URLSearchParams({ query, start: String(from), end: String(from + SECONDS), step: '1' });
  const { data } = await (await fetch(`http://${prometheus}/api/v1/query_range?${range}`)).json();
  return data.result.map(({ metric, values }) => ({
    name: legendFormat.replaceAll(/\{\{(\w+)\}\}/g, (_, label) => metric[label] ?? '').trim() || 'none',
    points: values.map(([at, value]) => [at - from, Number(value)]).filter(([, value]) => Number.isFinite(value)),
  }));
}

async function panelsOf(prometheus, from) {
  const { panels } = JSON.parse(readFileSync('deploy/grafana/holdfast.json', 'utf8'));
  return Promise.all(
    panels.map(async ({ title, type, gridPos: place, fieldConfig, targets }) => ({
      title,
      type,
      place,
      unit: fieldConfig.defaults.unit,
      at: SECONDS / 2,
      series: (await Promise.all(targets.map((target) => seriesOf(prometheus, target, from)))).flat(),
    })),
  );
}

async function draw(html) {
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  const page = await browser.newPage({ viewport: { width: 1_224, height: 400 } });
  await page.setContent(html);
  await page.screenshot({ path: PICTURE, fullPage: true });
  await browser.close();
}

const receiver = createServer((request, response) => request.resume().on('end', () => response.end()));
await once(receiver.listen(0, '127.0.0.1'), 'listening');
const server = await start(process.execPath, ['dist/server/main.js'], SERVER, /"url":"(http:\S+?)".*listening/);
const [, url] = server.found;
const prometheus = await startPrometheus(new URL(url).host);
try {
  await sleep(3);
  const from = Math.floor(Date.now() / 1_000);
  await sleep(QUIET_SECONDS);
  const webhookUrl = `http://127.0.0.1:${receiver.address().port}/`;
  await runSale({ url, operatorKey: OPERATOR_KEY, webhookUrl, seconds: SALE_SECONDS });
  await sleep(Math.max(0, from + SECONDS - Date.now() / 1_000));
  await draw(pageOf(await panelsOf(prometheus.found[1], from), { seconds: SECONDS, note: NOTE }));
  process.stdout.write(`${PICTURE}\n`);
} finally {
  receiver.close();
  for (const { child } of [server, prometheus]) child.kill('SIGTERM');
  await Promise.all([server, prometheus].map(({ child }) => once(child, 'exit')));
  rmSync(dir, { recursive: true, force: true });
}
