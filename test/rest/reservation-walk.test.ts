import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { OPERATOR_KEY, startShop } from '../support/shop-server.ts';
import { run } from '../support/tarballs.ts';

const ROOT = join(import.meta.dirname, '../..');
const PAGE = readFileSync(join(ROOT, 'docs/reservations.md'), 'utf8');

/** Returns the commands of the first console block of the page. */
function walkOf(page: string): string[] {
  const [, block = ''] = /```console\n([^]*?)```/.exec(page) ?? [];
  return [...block.matchAll(/^\$ ((?:.*\\\n)*.*)$/gm)].map(([, command = '']) => command);
}

test('a reader of reservations.md reserves three lines and dispatches them in two parts', async () => {
  await using shop = await startShop({ SELL_AT: 'sale' });
  const operator = { operator: true };
  for (const sku of ['MUG', 'TSHIRT-M', 'SNEAKER']) {
    await shop.mutate('stock.define', { sku }, operator);
    await shop.mutate('stock.receive', { sku, quantity: 5 }, operator);
  }
  const script = ['set -euo pipefail', ...walkOf(PAGE).map((command) => `${command}; echo`)].join('\n');
  const { PATH = '' } = process.env;
  const env = { PATH, OPERATOR_KEY };
  const url = script.replaceAll('http://localhost:3000', shop.url);
  const { code, out, err } = await run('bash', ['-c', url], { cwd: ROOT, timeoutMs: 60_000, env });
  expect(code, `${out}${err}`).toBe(0);
  const answers = out.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []));
  expect(answers).toMatchObject([
    { status: 'committed', reference: 'po-17' },
    { status: 'partially_fulfilled', lines: [{ quantity: 3, fulfilled: 2 }, { fulfilled: 0 }, { fulfilled: 1 }] },
    { status: 'fulfilled', lines: [{ fulfilled: 3 }, { fulfilled: 2 }, { fulfilled: 1 }] },
  ]);
  const { data } = await shop.query('stock.level', { sku: 'MUG' }, operator);
  expect(data).toMatchObject({ onHand: 2, committed: 0, available: 2 });
});
