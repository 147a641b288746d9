import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createHoldfastClient } from '../../src/client/client.ts';
import { redisBinary } from '../support/redis-binary.ts';
import { tempDir } from '../support/temp-dir.ts';
import { openBrowser, openPage } from './open-console.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

const BIN = join(import.meta.dirname, '../../dist/cli/bin.js');
const UNITS = 60;

/** Starts the demo with its console. `link` is what it prints to be opened. */
async function startDemo(store: string, tmp: string) {
  const args = [BIN, 'demo', '--console', '--store', store, '--buyers', '600', '--units', String(UNITS), '--json'];
  const env = { PATH: process.env['PATH'] ?? '', TMPDIR: tmp, HOLDFAST_REDIS_SERVER: redisBinary() };
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  const heard = (pattern: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = pattern.exec(said);
        if (found) resolve(found[1] ?? found[0]);
      };
      child.stderr.on('data', look);
      child.once('exit', () => reject(new Error(`the demo has ended: ${said}`)));
      look();
    });
  for (const stream of [child.stderr, child.stdout]) {
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
  }
  const end = async (): Promise<number | null> => {
    const exit = once(child, 'exit');
    child.kill('SIGINT');
    const [code] = (await exit) as [number | null];
    return code;
  };
  return { link: await heard(/The console: (\S+)/), heard, end };
}

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

describe.each(['embedded', 'redis'])('during a flash sale on the %s store', (store) => {
  test('the console follows it, and an operator works on', async () => {
    await using tmp = await tempDir();
    const demo = await startDemo(store, tmp.path);
    const { page, complaints, close } = await openPage(browser);
    await page.goto(demo.link);
    await page.getByRole('heading', { level: 1 }).waitFor();
    // The key was in the link. It is not in the address, nor anywhere that outlives the tab.
    expect(page.url()).not.toContain('key=');
    const [origin = '', key = ''] = [new URL(demo.link).origin, new URL(demo.link).hash.slice('#key='.length)];
    expect(await page.evaluate('[document.cookie, JSON.stringify(localStorage)].join()')).not.toContain(key);
    const operator = createHoldfastClient({ url: origin, operatorKey: key });

    await page.getByRole('link', { name: 'Stock' }).click();
    const row = page.getByRole('row').filter({ hasText: 'flash-sale' });
    await row.waitFor();
    await demo.heard(/shoppers: [1-9]\d* bought/);
    // Sold units stay on hand until they are dispatched, so a count finds them.
    await page.getByRole('button', { name: 'Count flash-sale' }).click();
    await page.getByLabel('Units counted').fill(String(UNITS));
    await page.getByLabel('Reason').fill('in the middle of the sale');
    await page.getByRole('button', { name: 'Count', exact: true }).click();
    await page.getByText(`flash-sale: ${UNITS} on hand now`).waitFor();
    // The availability falls to nothing without any reading of the page.
    await row.filter({ hasText: 'Out' }).waitFor();

    await page.getByRole('link', { name: 'Overview' }).click();
    await page.getByText('Ready', { exact: true }).waitFor();
    await demo.heard(/The console stays open/);
    const { ok, totals } = await operator.admin.audit.query();
    expect([ok, totals.sold]).toEqual([true, UNITS]);
    await page.getByText('The books are right').waitFor();
    expect(complaints).toEqual([]);
    await close();
    expect(await demo.end()).toBe(0);
  });
});
