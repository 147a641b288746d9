import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { appRouter } from '../../src/api/router.ts';
import { ACCESS, type Access, STREAM_NAMES } from '../../src/contract/calls/scopes.ts';
import { SCOPE_NAMES, SCOPES, type Scope, withImplied } from '../../src/contract/scope-names.ts';
import {
  type Answer,
  type Credentials,
  headersOf,
  queryPath,
  type ShopServer,
  startShop,
} from '../support/shop-server.ts';
import { PROCEDURES } from './input-table.ts';
import type { ProcedureRow } from './procedure-row.ts';

const ROOT: Credentials = { operator: true };
const SESSION = 'a-shopper-of-the-scopes';

let shop: ShopServer;
/** A key for each scope, and one without scopes. */
const keys = new Map<Scope | 'none', string>();

beforeAll(async () => {
  shop = await startShop({ CHECKOUT_PLACE: 'operator', LOG_LEVEL: 'error' });
  for (const scope of SCOPE_NAMES) keys.set(scope, await createKey(scope, [scope]));
  keys.set('none', await createKey('none', []));
});
afterAll(() => shop[Symbol.asyncDispose]());

async function createKey(name: string, scopes: readonly Scope[]): Promise<string> {
  const { data } = await shop.mutate('keys.create', { name, scopes }, ROOT);
  return (data as { key: string }).key;
}

const call = ({ path, type }: ProcedureRow, input: unknown, who: Credentials): Promise<Answer> =>
  type === 'query' ? shop.query(path, input, who) : shop.mutate(path, input, who);

/** Sends the call in a batch, which takes tRPC's adapter and not the fast path. */
async function batched({ path, type }: ProcedureRow, input: unknown, who: Credentials): Promise<string | undefined> {
  const body = JSON.stringify({ 0: { json: input } });
  const headers = { 'content-type': 'application/json', ...headersOf(who) };
  const url = `/trpc/${path}?batch=1`;
  const { text } =
    type === 'query'
      ? await shop.fetch(`${url}&input=${encodeURIComponent(body)}`, { headers: headersOf(who) })
      : await shop.fetch(url, { method: 'POST', headers, body });
  const [answer] = JSON.parse(text) as { error?: { json: { data: { reason: string } } } }[];
  return answer?.error?.json.data.reason;
}

/** The part of a call that needs a scope. */
const inputOf = ({ path, base }: ProcedureRow): unknown => (path === 'session.create' ? { customerId: 'alice' } : base);

/** A shopper's procedure is called with a session as well: a key is never a shopper. */
const credentialsOf = ({ who }: Access, operator: string): Credentials =>
  who === 'session' ? { operator, session: SESSION } : { operator };

/** Whether the table lets a key with exactly these scopes call the procedure. */
function isAllowed({ who, scope = null }: Access, path: string, scopes: readonly Scope[]): boolean {
  if (who === 'root') return false;
  // A test below has the part of this call that needs a scope.
  return scope === null || path === 'checkout.begin' || withImplied(scopes).has(scope);
}

test('the table has every procedure and every stream', () => {
  expect(Object.keys(ACCESS).sort()).toEqual([...Object.keys(appRouter._def.procedures), ...STREAM_NAMES].sort());
});

describe.each(PROCEDURES)('$path', (procedure) => {
  const access = ACCESS[procedure.path as keyof typeof ACCESS];

  test('is open to a key if and only if the table has its scope', async () => {
    for (const [scope, key] of keys) {
      const who = credentialsOf(access, key);
      const expected = isAllowed(access, procedure.path, scope === 'none' ? [] : [scope]);
      const { error } = await call(procedure, inputOf(procedure), who);
      const reasons = [error?.data['reason'], await batched(procedure, inputOf(procedure), who)];
      expect({ scope, isAllowed: reasons.map((reason) => reason !== 'not_authorized') }).toEqual({
        scope,
        isAllowed: [expected, expected],
      });
      if (!expected) expect(error?.data['meta']).toEqual({ credentials: 'insufficient', scope: access.scope });
    }
  });
});

const STREAMS: Record<(typeof STREAM_NAMES)[number], [string, RequestInit]> = {
  'stock.import': ['/api/v1/stock/import?key=k&format=csv', { method: 'POST', body: 'sku\na\n' }],
  'stock.export': ['/api/v1/stock/export', {}],
  'ledger.read': ['/api/v1/ledger', {}],
  'admin.backup': ['/api/v1/admin/backup', {}],
};

test.each(STREAM_NAMES)('%s is open to a key if and only if the table has its scope', async (name) => {
  const [path, init] = STREAMS[name];
  for (const [scope, operator] of keys) {
    const headers = { 'content-type': 'text/csv', ...headersOf({ operator }) };
    const { status } = await shop.fetch(path, { ...init, headers });
    const expected = isAllowed(ACCESS[name], name, scope === 'none' ? [] : [scope]);
    expect([scope, status !== 403]).toEqual([scope, expected]);
  }
});

test('a key is not a session, whatever its scopes are', async () => {
  const operator = await createKey('everything', SCOPE_NAMES);
  for (const procedure of PROCEDURES.filter(({ path }) => ACCESS[path as keyof typeof ACCESS].who === 'session')) {
    expect((await call(procedure, procedure.base, { operator })).error?.data['reason']).toBe('session_required');
  }
});

test('only orders:write chooses a longer payment window for a shopper', async () => {
  await shop.mutate('stock.define', { sku: 'window' }, ROOT);
  await shop.mutate('stock.receive', { sku: 'window', quantity: 100 }, ROOT);
  for (const [scope, operator] of keys) {
    const session = `shopper-with-${scope.replaceAll(':', '-')}`;
    await shop.mutate('cart.add', { sku: 'window', quantity: 1 }, { session });
    const input = { idempotencyKey: 'k', paymentWindowMs: 3_600_000 };
    const { status } = await shop.mutate('checkout.begin', input, { session, operator });
    expect([scope, status]).toEqual([scope, scope === 'orders:write' ? 200 : 400]);
  }
});

test('a key creates keys with at most its own scopes', async () => {
  const operator = await createKey('manager', ['keys:manage', 'stock:write']);
  const create = (scopes: Scope[]) => shop.mutate('keys.create', { name: 'child', scopes }, { operator });
  expect((await create(['stock:write', 'stock:read', 'keys:manage'])).status).toBe(200);
  expect((await create([])).status).toBe(200);
  const { status, error } = await create(['stock:write', 'orders:read']);
  expect([status, error?.data['meta']]).toEqual([403, { credentials: 'insufficient', scope: 'orders:read' }]);
});

test('a key creates no key that is valid for longer or has more calls than itself', async () => {
  const own = { expiresAt: Date.now() + 3_600_000, ratePerMinute: 1_000 };
  const { data } = await shop.mutate('keys.create', { name: 'short', scopes: ['keys:manage'], ...own }, ROOT);
  const { key: operator } = data as { key: string };
  const create = async (input: object) => {
    const { status, error } = await shop.mutate('keys.create', { name: 'child', scopes: [], ...input }, { operator });
    const issues = (error?.data['meta'] as { issues: { path: string }[] } | undefined)?.issues;
    return [status, ...(issues ?? []).map(({ path }) => path)];
  };
  expect(await create({})).toEqual([400, 'expiresAt']);
  expect(await create({ expiresAt: own.expiresAt })).toEqual([400, 'ratePerMinute']);
  expect(await create({ ...own, expiresAt: own.expiresAt + 1 })).toEqual([400, 'expiresAt']);
  expect(await create({ ...own, ratePerMinute: 1_001 })).toEqual([400, 'ratePerMinute']);
  expect(await create(own)).toEqual([200]);
  expect(await create({ expiresAt: own.expiresAt - 1, ratePerMinute: 1 })).toEqual([200]);
});

test('a key lets an endpoint receive contacts only if it may read them', async () => {
  const url = 'https://1.1.1.1/hooks';
  const fields = ['contact'];
  const hooks = await createKey('hooks', ['webhooks:manage']);
  const both = await createKey('both', ['webhooks:manage', 'orders:read:contact']);
  const outcomeOf = async (path: string, input: object, operator: string) => {
    const { status, error } = await shop.mutate(path, input, { operator });
    return error ? [status, (error.data['meta'] as { scope?: string }).scope] : [status];
  };
  const refused = [403, 'orders:read:contact'];
  expect(await outcomeOf('webhooks.create', { url, fields }, hooks)).toEqual(refused);
  const { data } = await shop.mutate('webhooks.create', { url, fields }, { operator: both });
  const { endpointId } = data as { endpointId: string };
  const update = (input: object, key: string) => outcomeOf('webhooks.update', { endpointId, ...input }, key);
  expect(await update({ description: 'a hook' }, hooks)).toEqual([200]);
  // Contacts would go to an address of the key's choice.
  expect(await update({ url: `${url}/elsewhere` }, hooks)).toEqual(refused);
  expect(await update({ url: `${url}/elsewhere` }, both)).toEqual([200]);
  expect(await update({ url, fields: null }, hooks)).toEqual([200]);
  expect(await update({ url: `${url}/elsewhere` }, hooks)).toEqual([200]);
  expect(await update({ fields }, hooks)).toEqual(refused);
  expect(await update({ fields }, both)).toEqual([200]);
  await shop.mutate('webhooks.delete', { endpointId }, { operator: both });
});

test('docs/keys.md shows the scopes and the table', () => {
  const page = readFileSync('docs/keys.md', 'utf8');
  for (const [scope, meaning] of Object.entries(SCOPES)) expect(page).toContain(`| \`${scope}\` | ${meaning} |`);
  for (const [path, access] of Object.entries(ACCESS)) expect(page).toContain(`| \`${path}\` | ${whoIn(access)} |`);
});

function whoIn({ who, ...rest }: Access): string {
  const scope = rest.scope ? `\`${rest.scope}\`` : 'any key';
  const only = 'only' in rest && rest.only ? `; ${rest.only}: ${scope}` : '';
  if (who === 'anyone' || who === 'session') return `${who === 'anyone' ? 'anyone' : 'a session'}${only}`;
  if (who === 'root') return '`OPERATOR_KEY` only';
  return who === 'owner' ? `a session for its own orders, or ${scope}` : scope;
}

test('an answer over REST names the scope that is missing', async () => {
  const operator = keys.get('none') ?? '';
  const { status, text } = await shop.fetch('/api/v1/stock', { headers: headersOf({ operator }) });
  expect(status).toBe(403);
  expect(JSON.parse(text)).toMatchObject({ error: { meta: { credentials: 'insufficient', scope: 'stock:read' } } });
  expect((await shop.fetch(queryPath('keys.whoami'), { headers: headersOf({ operator }) })).data).toEqual({
    name: 'none',
    keyId: expect.stringMatching(/^key_/),
    scopes: [],
    at: expect.any(Number),
  });
});
