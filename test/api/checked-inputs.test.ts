import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { appRouter } from '../../src/api/router.ts';
import { refusalOf } from '../../src/api/wire-errors.ts';
import { createHoldfast, createHttpSender, type Holdfast, OPERATOR, type Result } from '../../src/index.ts';
import type { Call } from '../../src/contract/calls/call.ts';
import { openMemoryStore } from '../../src/store/memory/memory-store.ts';
import { audited, no, shopper, yes } from '../support/shop.ts';
import { PROCEDURES } from './input-table.ts';
import type { ProcedureRow } from './procedure-row.ts';

/** A call in process refuses the inputs that HTTP refuses, with the same issues, and changes nothing. */

type Loose = (input: unknown, call?: unknown) => Promise<Result<unknown>>;
type Services = Record<string, Record<string, Loose>>;

/** The library's names that differ from those of the wire. */
const NAMES: Record<string, string> = {
  'cart.clear': 'carts.empty',
  'stock.importStatus': 'bulk.status',
  'admin.recover': 'recover',
  'admin.events': 'events.list',
};
/**
 * Procedures whose input the library does not have: sessions, the caller's key, clocks, audits, and merges, which
 * accept a cart.
 */
const WITHOUT: ReadonlySet<string> = new Set([
  'session.create',
  'session.revoke',
  'keys.whoami',
  'cart.merge',
  'admin.audit',
  'admin.status',
  'admin.clock',
  'admin.loss',
  'admin.acceptClock',
  'admin.repairIndexes',
]);

function serviceOf(path: string): Loose {
  const [room = '', name] = (NAMES[path] ?? path.replace(/^cart\./, 'carts.')).split('.');
  const services = holdfast as unknown as Services & Record<string, Loose>;
  const found = name === undefined ? services[room] : services[room]?.[name];
  return (found as Loose | undefined) ?? expect.fail(`the library has no ${path}`);
}

let holdfast: Holdfast;
const store = openMemoryStore({ shop: 'main' });
const webhooks = { sender: createHttpSender({ allowPrivate: false }) };
const as = { caller: OPERATOR };
beforeAll(async () => {
  holdfast = createHoldfast({ store, webhooks });
  yes(await holdfast.stock.define({ sku: 'known' }, as));
  yes(await holdfast.stock.receive({ sku: 'known', quantity: 9 }, as));
});
afterAll(() => holdfast.close());

/** Returns the issues of the procedure's own schema; null if only the service refuses the input. */
function issuesOverHttp(path: string, input: unknown): unknown {
  const procedures = appRouter._def.procedures as unknown as Record<string, { _def: { inputs: z.ZodType[] } }>;
  const { error } = procedures[path]?._def.inputs[0]?.safeParse(input) ?? expect.fail(`there is no ${path}`);
  return error ? refusalOf(error, '').meta : null;
}

const callOf = ({ who }: ProcedureRow): Call => (who.session === undefined ? as : shopper('ann')());

/** Calls in process what a call over HTTP would call. The key is separate from the input. */
async function inProcess(row: ProcedureRow, input: Record<string, unknown>): Promise<Result<unknown>> {
  const { idempotencyKey, ...rest } = input;
  const call = { ...callOf(row), ...('idempotencyKey' in input && { idempotencyKey }) };
  return serviceOf(row.path)(rest, call);
}

async function expectSameIssues(row: ProcedureRow, input: Record<string, unknown>): Promise<void> {
  const label = `${row.path} ${JSON.stringify(input).slice(0, 300)}`;
  const refusal = no(await inProcess(row, input));
  expect(refusal.reason, label).toBe('invalid_input');
  const meta = issuesOverHttp(row.path, input);
  if (meta) expect(refusal.meta, label).toEqual(meta);
}

describe('the library refuses what HTTP refuses', () => {
  test.each(PROCEDURES.filter(({ path }) => !WITHOUT.has(path)))('$path', async (row) => {
    const { base, fields } = row;
    const { sequence } = await store.health();
    for (const [field, { bad, required }] of Object.entries(fields)) {
      // An operator accepts a loss without a key.
      if (row.path === 'admin.recover' && field === 'idempotencyKey') continue;
      for (const value of bad) await expectSameIssues(row, { ...base, [field]: value });
      if (!required) continue;
      const { [field]: _, ...without } = base;
      await expectSameIssues(row, without);
    }
    await expectSameIssues(row, { ...base, more: 1 });
    expect((await store.health()).sequence).toBe(sequence);
  });
});

const issue = (path: string, message: unknown = expect.any(String)) => ({
  reason: 'invalid_input',
  meta: { issues: [{ path, message }] },
});

describe('inputs that the wire does not have are checked as well', () => {
  const held = { sku: 'known', quantity: 1, reference: 'r-1' };
  const takesReference = 'must be 1 to 119 printable ASCII characters without spaces';
  const rows: [string, string, unknown, string, unknown?][] = [
    ['a hold without a reference', 'inventory.reserve', { sku: 'known', quantity: 1 }, 'reference', takesReference],
    ['a blank in a reference', 'inventory.reserve', { ...held, reference: 'a b' }, 'reference', takesReference],
    ['a long reference', 'inventory.reserve', { ...held, reference: 'r'.repeat(120) }, 'reference', takesReference],
    ['fewer than no units', 'inventory.reserve', { ...held, quantity: -1 }, 'quantity'],
    ['units that are text', 'inventory.reserve', { ...held, quantity: '1' }, 'quantity'],
    ['a BigInt', 'inventory.reserve', { ...held, quantity: 1n }, 'quantity'],
    ['an unknown mode', 'inventory.reserve', { ...held, mode: 'some' }, 'mode'],
    ['a time of nothing', 'inventory.reserve', { ...held, ttlMs: 0 }, 'ttlMs'],
    ['a customer with a blank', 'inventory.reserve', { ...held, customer: 'a b' }, 'customer'],
    ['a field too many', 'inventory.reserve', { ...held, more: 1 }, ''],
    ['no hold', 'inventory.release', {}, 'holdId'],
    ['a reason of control characters', 'inventory.consume', { holdId: 'hld_1', reason: 'a\0' }, 'reason'],
    ['no cart', 'carts.merge', { from: { cartId: '', customer: null } }, 'from.cartId'],
    ['no names of a payment', 'checkout.lapse', { orderId: 'ord_1', paymentReferences: [] }, 'paymentReferences'],
    ['no input', 'stock.receive', undefined, ''],
    ['an input that is text', 'carts.empty', 'text', ''],
    ['an input that is a list', 'carts.empty', [], ''],
  ];
  test.each(rows)('%s', async (_, path, input, field, message) => {
    expect(no(await serviceOf(path)(input, shopper('ann')()))).toEqual(issue(field, message));
  });

  test('refuses an idempotency key in the input, although the wire has it there', async () => {
    const input = { ...held, idempotencyKey: 'k' } as typeof held;
    expect(no(await holdfast.inventory.reserve(input, as))).toEqual(issue('idempotencyKey'));
  });

  test.each([
    ['no call', undefined, 'caller'],
    ['no caller', {}, 'caller'],
    ['an unknown kind', { caller: { ...OPERATOR, kind: 'admin' } }, 'caller.kind'],
    ['no principal', { caller: { ...OPERATOR, principal: '' } }, 'caller.principal'],
  ])('%s', async (_, call, field) => {
    const { stock, carts, repairIndexes } = holdfast;
    expect(no(await stock.receive({ sku: 'known', quantity: 1 }, call as Call))).toEqual(issue(field));
    expect(no(await carts.get({}, call as Call))).toEqual(issue(field));
    expect(no(await repairIndexes(call as Call))).toEqual(issue(field));
  });

  test('carts by their id', async () => {
    const { carts } = holdfast;
    expect(no(await carts.deleteLine('', 'known'))).toEqual(issue('cartId'));
    expect(no(await carts.releaseAndDeleteLine('crt_1', ' x'))).toEqual(issue('sku'));
    const wrong = { releaseReservations: 'no' as unknown as boolean };
    expect(no(await carts.clear('crt_1', wrong))).toEqual(issue('options.releaseReservations'));
    expect(yes(await carts.clear('crt_1')).lines).toEqual([]);
  });

  test('rows of an import, one by one', async () => {
    const entries = async function* () {
      yield { text: 'a', row: { sku: 'known', onHand: -1 } };
      yield { text: 'b', row: { sku: 'imported', onHand: 3 } };
      yield { text: 'c', row: { sku: 'known', expectedOnHand: 1 } };
    };
    const { bulk } = holdfast;
    const report = yes(await bulk.import(entries(), { key: 'file' }, as));
    expect(report).toMatchObject({ rows: 3, applied: 1, done: true });
    expect(report.problems).toMatchObject([
      { row: 1, column: 'onHand', reason: 'invalid_input' },
      { row: 3, column: 'onHand', reason: 'invalid_input' },
    ]);
    expect(no(await bulk.import(entries(), { key: '' }, as))).toEqual(issue('key'));
  });
});

describe('trusted inputs', () => {
  test('need the option inputs: trusted', async () => {
    const trusted = createHoldfast({ store, inputs: 'trusted' });
    const quantity = '1' as unknown as number;
    // The machine still refuses what it cannot store. Its error cannot name the caller's fields.
    expect(no(await trusted.inventory.reserve({ sku: 'known', quantity, reference: 'r' }, as))).toMatchObject({
      reason: 'invalid_input',
      meta: { issues: [{ path: '' }, { path: '' }] },
    });
    expect(no(await trusted.stock.receive({ sku: 'known', quantity: -2 }, as))).toMatchObject(issue(''));
    await trusted.close();
    const misspelt = 'trust' as 'trusted';
    expect(() => createHoldfast({ store, inputs: misspelt })).toThrow('inputs must be checked or trusted');
  });
});

test('the audit returns a result like all others', async () => {
  expect(await holdfast.audit()).toMatchObject({ ok: true, value: { ok: true, violations: [] } });
  expect(await audited(holdfast)).toMatchObject({ totals: { onHand: 12, received: 9 } });
  expect(await holdfast.repairIndexes(as)).toEqual({ ok: true, value: { mended: 0, rules: [], entries: [] } });
});
