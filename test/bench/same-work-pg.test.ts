import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type ServiceProcess, startService } from '../../bench/http/processes.ts';
import { type PostgresCluster, startPostgres } from '../../bench/postgres/cluster.ts';
import { withClient } from '../../bench/postgres/hot-side.ts';
import { checkSameWork, prepareSameWork } from '../../bench/postgres/same-work-schema.ts';

const ROOT = join(import.meta.dirname, '../..');
const SERVICE = join(ROOT, 'node_modules/.cache/holdfast/bench/bench/http/same-work-pg-main.js');
/** On a fresh machine PostgreSQL is installed first. */
const SETUP_TIMEOUT_MS = 300_000;
const UNITS = 40;

let cluster: PostgresCluster;

beforeAll(async () => {
  await promisify(execFile)(process.execPath, ['scripts/build-tool.js', 'bench', 'bench'], { cwd: ROOT });
  cluster = await startPostgres();
}, SETUP_TIMEOUT_MS);

afterAll(() => cluster?.close());

interface Asked {
  session: string;
  sku?: string;
  quantity?: number;
  idempotencyKey?: string;
}

async function add({ port }: ServiceProcess, { session, ...asked }: Asked): Promise<{ status: number; body: Cart }> {
  const response = await fetch(`http://127.0.0.1:${port}/cart/add`, {
    method: 'POST',
    headers: { 'x-session-id': session },
    body: JSON.stringify({ sku: 'A', quantity: 1, ...asked }),
  });
  return { status: response.status, body: (await response.json()) as Cart };
}

interface Cart {
  reason?: string;
  cartId?: string;
  version?: number;
  lines?: { sku: string; quantity: number; holdId: string }[];
}

const prepare = (): Promise<void> => withClient(cluster, (client) => prepareSameWork(client, ['A', 'B'], UNITS));

const TWO_ADDED = `
  SELECT cart_add('r' || n, 'f', 'c' || n, 'A', 1, 'h' || n, '[{"sku":"A","quantity":1,"holdId":"h' || n || '"}]')
  FROM generate_series(1, 2) n`;

const check = (acknowledged: number): Promise<void> =>
  withClient(cluster, (client) => checkSameWork(client, acknowledged));

const alter = (query: string): Promise<unknown> => withClient(cluster, (client) => client.query(query));

describe.each(['the PostgreSQL reference that does the same work, %s', 'batched'])(
  'the reference that does the same work, %s',
  (mode) => {
    let service: ServiceProcess;

    beforeAll(async () => {
      service = await startService(SERVICE, { PGHOST: cluster.host, POOL: '2', MODE: mode });
    });
    afterAll(() => service?.close());
    beforeEach(prepare);

    test('sells each unit once under concurrent requests, and its tables agree', async () => {
      const wanted = Array.from({ length: UNITS + 20 }, (_, index) => add(service, { session: `shopper-${index}` }));
      const statuses = (await Promise.all(wanted)).map(({ status }) => status);
      expect(statuses.filter((status) => status === 200)).toHaveLength(UNITS);
      expect(statuses.filter((status) => status === 409)).toHaveLength(20);
      await check(UNITS);
    });

    test(`sends ${mode === 'batched' ? 'few calls for many requests' : 'a call for each request'}`, async () => {
      await Promise.all(Array.from({ length: UNITS }, (_, index) => add(service, { session: `waiting-${index}` })));
      const { rows } = await withClient(cluster, (client) =>
        client.query('SELECT count(DISTINCT xmin::text) FROM requests'),
      );
      const calls = Number((rows as { count: string }[])[0]?.count);
      if (mode === 'batched') expect(calls).toBeLessThan(UNITS / 2);
      else expect(calls).toBe(UNITS);
    });

    test('performs a repeated request once, and refuses its key for another request', async () => {
      const asked = { session: 'one', idempotencyKey: 'same' };
      const answers = await Promise.all([add(service, asked), add(service, asked), add(service, asked)]);
      expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
      expect(answers[0]?.body).toMatchObject({ version: 1, lines: [{ sku: 'A', quantity: 1 }] });
      expect((await add(service, { ...asked, quantity: 2 })).status).toBe(422);
      await check(1);
    });

    test('adds a second line to a cart, also if both requests are concurrent', async () => {
      await Promise.all(['A', 'B'].map((sku) => add(service, { session: 'two', sku })));
      const { body } = await add(service, { session: 'two' });
      expect(body.lines?.map(({ sku }) => sku).toSorted()).toEqual(['A', 'A', 'B']);
      await check(3);
    });

    test('refuses wrong input and changes nothing', async () => {
      for (const wrong of [{ sku: 'no such' }, { quantity: 0 }, { quantity: 1.5 }])
        expect((await add(service, { session: 'three', ...wrong })).status).toBe(400);
      await check(0);
    });
  },
);

test.each([
  ['a unit that nobody holds', 'UPDATE stock SET reserved = reserved + 1', 'holds are not what is reserved'],
  ['a missing movement', 'DELETE FROM ledger WHERE version = 1', 'do not follow from the one before'],
  ['a missing line', `UPDATE carts SET lines = '[]'`, '0 lines of carts'],
  ['a missing request', 'DELETE FROM requests', '0 requests'],
  ['a missing hold', `DELETE FROM holds WHERE sku = 'A'`, 'holds are not what is reserved'],
])('the check finds %s', async (_, query, found) => {
  await prepare();
  await alter(TWO_ADDED);
  await check(2);
  await alter(query);
  await expect(check(2)).rejects.toThrow(found);
});
