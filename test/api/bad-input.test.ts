import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { appRouter } from '../../src/api/router.ts';
import { SCOPE_NAMES } from '../../src/contract/scope-names.ts';
import { type Answer, type Credentials, type ShopServer, startShop } from '../support/shop-server.ts';
import { PROCEDURES } from './input-table.ts';
import type { ProcedureRow } from './procedure-row.ts';

let shop: ShopServer;
const OPERATOR: Credentials = { operator: true };

beforeAll(async () => {
  shop = await startShop({ LOG_LEVEL: 'error', SELL_AT: 'dispatch' });
  await shop.mutate('stock.define', { sku: 'known', unitPrice: { amount: 100, currency: 'EUR' } }, OPERATOR);
  await shop.mutate('stock.receive', { sku: 'known', quantity: 100 }, OPERATOR);
  await shop.mutate('cart.add', { sku: 'known', quantity: 2 }, { session: 'shopper-of-the-table' });
});
afterAll(() => shop[Symbol.asyncDispose]());

const call = ({ path, type, who }: ProcedureRow, input: unknown): Promise<Answer> =>
  type === 'query' ? shop.query(path, input, who) : shop.mutate(path, input, who);

const issuesOf = (answer: Answer): { path: string; message: string }[] =>
  (answer.error?.data.meta as { issues: [] } | undefined)?.issues ?? [];

/** Everything that a call could have changed. */
async function wholeShop(): Promise<unknown> {
  const answers = await Promise.all([
    shop.query('admin.audit', undefined, OPERATOR),
    shop.query('stock.list', undefined, OPERATOR),
    shop.query('holds.list', undefined, OPERATOR),
    shop.query('orders.list', undefined, OPERATOR),
    shop.query('stock.history', { sku: 'known' }, OPERATOR),
  ]);
  for (const { status } of answers) expect(status).toBe(200);
  const [audit, ...lists] = answers.map(({ data }) => data as Record<string, unknown>);
  return [{ ...audit, checkedAt: 0 }, ...lists];
}

function expectInvalid(answer: Answer, about: unknown): void {
  expect({ about, status: answer.status, reason: answer.error?.data.reason }).toEqual({
    about,
    status: 400,
    reason: 'invalid_input',
  });
  expect(answer.text).not.toMatch(/stack|at .*\.[tj]s:\d/);
  expect(issuesOf(answer).length).toBeGreaterThan(0);
}

// A subscription refuses within its stream: test/server/watch.test.ts has its bad input.
test('the table names every query and mutation', () => {
  const procedures = Object.entries<unknown>(appRouter._def.procedures) as [string, { _def: { type: string } }][];
  const asked = procedures.filter(([, { _def }]) => _def.type !== 'subscription');
  expect(PROCEDURES.map(({ path }) => path).sort()).toEqual(asked.map(([path]) => path).sort());
});

describe.each(PROCEDURES)('$path', (procedure) => {
  const { base, fields } = procedure;
  const bad = [
    ...Object.entries(fields).flatMap(([field, { bad }]) => bad.map((value) => ({ ...base, [field]: value }))),
    ...Object.entries(fields).flatMap(([field, { required }]) => {
      const { [field]: _, ...others } = base;
      return required ? [others] : [];
    }),
    { ...base, unknownField: 1 },
    { ...base, constructor: { prototype: {} } },
    [],
    [base],
    'text',
    7,
    true,
  ];

  test('refuses values out of bounds, of another type or unknown, and changes nothing', async () => {
    const before = await wholeShop();
    for (const input of bad) expectInvalid(await call(procedure, input), input);
    expect(await wholeShop()).toEqual(before);
  });

  test('names the field', async () => {
    for (const [field, { bad }] of Object.entries(fields)) {
      const [issue] = issuesOf(await call(procedure, { ...base, [field]: bad.at(-1) }));
      expect(issue?.path.split('.')[0]).toBe(field);
    }
  });
});

describe.each(PROCEDURES)('$path at its bounds', (procedure) => {
  const { base, fields } = procedure;
  const good = Object.entries(fields).flatMap(([field, { good }]) =>
    good.map((value) => ({ ...base, [field]: value })),
  );

  test('accepts values within its bounds', async () => {
    // Uses a new shop, because some of these inputs sell, count or overflow.
    await using other = await startShop({ LOG_LEVEL: 'error', SELL_AT: 'dispatch' });
    await other.mutate('stock.define', { sku: 'known' }, OPERATOR);
    for (const input of [base, ...good]) {
      const { path, type, who } = procedure;
      const answer = await (type === 'query' ? other.query(path, input, who) : other.mutate(path, input, who));
      const reason = answer.error?.data.reason ?? 'ok';
      expect({ input, reason }).not.toEqual({ input, reason: 'invalid_input' });
      expect(answer.status).toBeLessThan(500);
    }
  });
});

test('names every scope to the creator of a key who misspells one', async () => {
  const [issue] = issuesOf(await shop.mutate('keys.create', { name: 'printer', scopes: ['order:read'] }, OPERATOR));
  expect(issue?.message).toBe(`must be some of ${SCOPE_NAMES.join(', ')}`);
});
