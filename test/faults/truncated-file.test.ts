import { once } from 'node:events';
import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runToEnd, type ServerProcess, startProcess } from '../support/built-server.ts';
import { poll } from '../support/poll.ts';
import { inShop } from '../support/several-shops.ts';
import { callsOver, OPERATOR_KEY } from '../support/shop-server.ts';
import { tempDir } from '../support/temp-dir.ts';

/** A process that does not end is killed with the test. */
const END_MS_MAX = 10_000;
const CALL_MS_MAX = 5_000;

const callsOf = ({ url }: ServerProcess) =>
  callsOver((path, init) => fetch(`${url}${path}`, { ...init, signal: AbortSignal.timeout(CALL_MS_MAX) }));

const asOperator = (shop: string) => ({ operator: true, ...inShop(shop) });

const level = (server: ServerProcess, shop: string) =>
  callsOf(server).query('stock.level', { sku: 'mug' }, asOperator(shop));

async function supply(server: ServerProcess, shop: string): Promise<void> {
  const { mutate } = callsOf(server);
  expect((await mutate('stock.define', { sku: 'mug' }, asOperator(shop))).status).toBe(200);
  expect((await mutate('stock.receive', { sku: 'mug', quantity: 7 }, asOperator(shop))).status).toBe(200);
}

/** Truncates a data file of the server, and calls its shop. Resolves with the signal that ends the server. */
async function signalAfterCut(server: ServerProcess, shop: string, path: string, bytes: number): Promise<string> {
  const signal = AbortSignal.timeout(END_MS_MAX);
  const ended = once(server.process, 'exit', { signal }) as Promise<[number | null, string]>;
  await truncate(path, bytes);
  const [[, endedBy]] = await Promise.all([ended, level(server, shop).catch(() => undefined)]);
  return endedBy;
}

describe.each([0, 8_192])('a data file that is truncated to %i bytes while it is open', (bytes) => {
  test('ends the process at once, and after a restart the other shops are served', async () => {
    await using dir = await tempDir();
    const env = { OPERATOR_KEY, DATA_DIR: dir.path, SHOPS: 'bad,good' };
    const path = join(dir.path, 'shops/bad/data.mdb');
    {
      await using server = await startProcess(env);
      for (const shop of ['bad', 'good']) await supply(server, shop);
      expect(await signalAfterCut(server, 'bad', path, bytes)).toBe('SIGBUS');
    }
    await using server = await startProcess(env);
    expect((await level(server, 'good')).data).toMatchObject({ onHand: 7 });
    const refused = await level(server, 'bad');
    expect([refused.status, refused.error?.data['reason']]).toEqual([503, 'store_unavailable']);
    await poll(() => server.stdout().includes(`${path} ${bytes === 0 ? 'is empty' : 'was cut short'}`));
    const { text } = await callsOf(server).fetch('/metrics');
    for (const ready of ['shop="bad"} 0', 'shop="good"} 1', 'shop="main"} 1'])
      expect(text).toContain(`holdfast_ready{${ready}`);
  });
});

test('a truncated data file of the only shop ends the process, and the next start names the remedy', async () => {
  await using dir = await tempDir();
  const env = { OPERATOR_KEY, DATA_DIR: dir.path };
  {
    await using server = await startProcess(env);
    await supply(server, 'main');
    expect(await signalAfterCut(server, 'main', join(dir.path, 'data.mdb'), 8_192)).toBe('SIGBUS');
  }
  const { code, err } = await runToEnd({ ...env, PORT: '0' });
  expect(code).toBe(3);
  expect(err).toContain('restore a backup with "holdfast restore');
});
