import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { runCli } from '../../src/cli/cli.ts';
import { price, table } from '../../src/cli/context/table.ts';
import { openMemoryStore, type MemoryStore } from '../../src/store/memory/memory-store.ts';
import { OPERATOR_KEY, type ShopServer, startShop } from '../support/shop-server.ts';

let shop: ShopServer;
let store: MemoryStore;
beforeAll(async () => {
  store = openMemoryStore({ shop: 'main' });
  shop = await startShop({ LOG_LEVEL: 'error' }, store);
});
afterAll(() => shop[Symbol.asyncDispose]());

interface Ran {
  code: number;
  out: string;
  err: string;
}

async function run(line: string, env: Record<string, string> = {}): Promise<Ran> {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await runCli({
    // Quotes group words, as in a shell.
    args: [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? ''),
    env: { HOLDFAST_URL: shop.url, OPERATOR_KEY, ...env },
    out: (text) => void out.push(text),
    err: (text) => void err.push(text),
  });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

const json = async (line: string) => JSON.parse((await run(`${line} --json`)).out);

describe('stock', () => {
  test('define makes a SKU a kit, shows its components, and makes it a plain SKU again', async () => {
    expect((await run('stock set kit-mug 9 --create')).code + (await run('stock set kit=box 3 --create')).code).toBe(0);
    const { code, out } = await run('stock define kit-set --component kit-mug=2 --component kit=box=1');
    expect([code, out]).toEqual([0, expect.stringContaining('kit-mug=2 kit=box=1')]);
    expect(await json('stock level kit-set')).toMatchObject({
      available: 3,
      components: [{ quantity: 2 }, { sku: 'kit=box' }],
    });
    const refused = await run('stock set kit-set 4');
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('kit_stock')]);
    expect((await run('stock define kit-set --no-components')).code).toBe(0);
    expect(await json('stock level kit-set')).not.toHaveProperty('components');
  });

  test('set counts a SKU, and creates one only with --create', async () => {
    const typo = await run('stock set lmap 12');
    expect([typo.code, typo.err]).toEqual([
      1,
      'holdfast: unknown_sku: there is no SKU lmap; use --create to create it',
    ]);
    expect((await run('stock level lmap')).code).toBe(1);
    expect((await run('stock set lamp 12 --create')).code).toBe(0);
    expect(await json('stock level lamp')).toMatchObject({ sku: 'lamp', onHand: 12, available: 12 });
    expect((await run('stock set lamp 7 --reason "shelf count"')).code).toBe(0);
    expect(await json('stock level lamp')).toMatchObject({ onHand: 7 });
    const late = await run('stock set lamp 9 --expect 8');
    expect([late.code, late.err]).toEqual([
      1,
      expect.stringMatching(/^holdfast: count_mismatch: .*\(onHand 7, reserved 0, committed 0\)/),
    ]);
    expect((await run('stock set lamp 9 --expect 7 --create')).code).toBe(0);
    expect(await json('stock level lamp')).toMatchObject({ onHand: 9 });
  });

  test('locations are defined, changed and listed', async () => {
    const line = 'locations define shop-1 --title "Shop 1" --priority 5 --channel pos --channel web';
    expect(await json(line)).toEqual({
      id: 'shop-1',
      title: 'Shop 1',
      priority: 5,
      active: true,
      channels: ['pos', 'web'],
    });
    expect(await json('locations define shop-1 --no-channel --no-active --no-title')).toEqual({
      id: 'shop-1',
      priority: 5,
      active: false,
    });
    expect((await run('locations list')).out.split('\n').map((row) => row.split(/ +/))).toEqual([
      ['id', 'priority', 'active', 'channels', 'title'],
      ['shop-1', '5', 'no', 'all', '-'],
      ['main', '100', 'yes', 'all', '-'],
    ]);
    expect((await run('locations define Shop')).err).toContain('1 to 32 of a-z0-9_-');
  });

  test('transfers are created, dispatched, received, cancelled and listed', async () => {
    await run('locations define depot');
    await run('stock define crate=2');
    await run('stock receive crate=2 9');
    const draft = await json('transfers create main depot --line crate=2=5 --reference truck-7');
    const line = { sku: 'crate=2', quantity: 5, received: 0, lost: 0 };
    expect(draft).toMatchObject({ status: 'draft', reference: 'truck-7', lines: [line] });
    const id = draft.transferId;
    expect(await json(`transfers dispatch ${id}`)).toMatchObject({ status: 'in_transit' });
    const { err } = await run(`transfers receive ${id} --line crate=2=9`);
    expect(err).toContain('exceeds_in_transit: Fewer units of the line are in transit (sku crate=2, inTransit 5)');
    expect(await json(`transfers receive ${id} --line crate=2=3/1 --reason torn`)).toMatchObject({
      status: 'in_transit',
      lines: [{ received: 3, lost: 1 }],
    });
    expect((await run(`transfers get ${id}`)).out).toContain('in_transit from main to depot');
    expect(await json(`transfers cancel ${id} --reason late`)).toMatchObject({ status: 'cancelled', reason: 'late' });
    expect((await run('transfers list --status cancelled')).out).toContain(String(id));
    expect((await run('transfers get trf_nope')).err).toContain('"holdfast transfers list" shows the transfers');
    expect((await run(`transfers receive ${id} --line crate`)).err).toContain('Expected a SKU and a number');
    expect((await run(`transfers receive ${id} --line crate=1/2/3`)).err).toContain('MUG=4/1');
  });

  test('define clears settings with --no-title, --no-price and --no-limit', async () => {
    await run('stock define desk --title Desk --price 900EUR --limit 3 --safety 1');
    await run('stock define desk --no-price');
    expect(await json('stock level desk')).toMatchObject({ title: 'Desk', limitPerCustomer: 3 });
    expect(await json('stock level desk')).not.toHaveProperty('unitPrice');
    const level = await json('stock define desk --no-title --no-limit');
    expect(Object.keys(level)).not.toEqual(expect.arrayContaining(['title']));
    expect(level).not.toHaveProperty('limitPerCustomer');
    expect(level).toMatchObject({ safetyStock: 1 });
    expect((await run('stock define desk --price 9.00EUR')).err).toContain('Expected minor units');
  });

  test.each(['--title Desk --no-title', '--no-price --price 900EUR', '--limit 3 --no-limit'])(
    'define refuses %s, which contradict each other, and changes nothing',
    async (options) => {
      await run('stock define stool --title Stool --price 500EUR --limit 2');
      const { code, out, err } = await run(`stock define stool ${options}`);
      expect([code, out]).toEqual([2, '']);
      expect(err).toMatch(/^holdfast: --(\w+) and --no-\1 contradict each other: use only one of them\nAdd --help/);
      const kept = { title: 'Stool', unitPrice: { amount: 500, currency: 'EUR' }, limitPerCustomer: 2 };
      expect(await json('stock level stool')).toMatchObject(kept);
    },
  );

  test('write-off removes free units, and ends holds only if that is wanted', async () => {
    await run('stock set shelf-2 2 --create');
    await shop.mutate('cart.add', { sku: 'shelf-2', quantity: 2 }, { session: 'a-shopper-of-shelves' });
    expect((await run('stock write-off shelf-2 1 --reason wet')).err).toMatch(/^holdfast: below_reserved: /);
    expect((await run('stock write-off shelf-2 1')).code).toBe(2);
    const { out } = await run('stock write-off shelf-2 1 --end-holds --reason wet');
    expect(out).toMatch(/shelf-2 +1 +0 +0 +0 +0 +1 .*\n1 holds ended: hld_\S+$/);
  });

  test('archive refuses a SKU with units, and reports how many there are', async () => {
    await run('stock set shelf 90 --create');
    const { code, err } = await run('stock archive shelf --reason sold-out');
    const line = 'shelf has 90 units on hand, 0 reserved and 0 committed; only a SKU without units can be archived';
    expect([code, err]).toEqual([1, `holdfast: count_mismatch: ${line}`]);
  });

  test('set has no --reference', async () => {
    const { code, err } = await run('stock set lamp 12 --reference PO-8');
    expect(code).toBe(2);
    expect(err).toContain("unknown option '--reference'");
  });

  test('define, receive, adjust, history', async () => {
    await run('stock define sofa --title Sofa --price 129900EUR --safety 1 --limit 2');
    await run('stock receive sofa 10 --reason delivery --reference PO-7');
    expect((await run('stock adjust sofa -3 --reason broken')).code).toBe(0);
    expect(await json('stock level sofa')).toMatchObject({ onHand: 7, available: 6, limitPerCustomer: 2 });
    const { out } = await run('stock history sofa');
    expect(out).toMatch(/adjusted +-3 +10 -> 7 .*broken/);
    expect(out).toMatch(/received +10 +0 -> 10 .*delivery/);
    // Titles with control characters are refused today, but one may have been stored before.
    store.tables.stocks.set('sofa', { ...store.tables.stocks.get('sofa')!, title: 'Sofa, \u001b[31mred' });
    const shown = await run('stock level sofa');
    expect(shown.out).toContain('1299.00 EUR');
    // Control characters do not reach the terminal.
    expect(shown.out).toContain('Sofa, \\x1b[31mred');
  });

  test('list shows all SKUs, page by page, or at most --limit', async () => {
    for (let n = 0; n < 105; n += 1) await run(`stock set page-${String(n).padStart(3, '0')} ${n} --create`);
    expect((await json('stock list')).length).toBeGreaterThanOrEqual(105);
    const few = await run('stock list --limit 3');
    expect(few.out.split('\n')).toHaveLength(5);
    expect(few.out).toMatch(/and more: use --limit/);
  });
});

describe('session', () => {
  test('revoke ends a session, and block refuses its calls until unblock', async () => {
    const { sessionId: id } = await json('session create --customer zoe');
    const use = async (session: string) => (await shop.query('cart.get', undefined, { session })).status;
    const { sessionId: other } = await json('session create');
    const { cartId } = (await shop.query('cart.get', undefined, { session: other })).data as { cartId: string };
    const hash = cartId.replace('crt_', '');
    const block = await run(`session block --session ${hash} --reason "hoards" --minutes 5`);
    expect(block.out).toMatch(/^blocked +until\nyes +2/);
    expect([await use(id), await use(other)]).toEqual([200, 403]);
    const blocks = (await run('sessions blocks')).out;
    expect(blocks).toMatch(new RegExp(`^blocked +reason +since +until +by\n${hash} +hoards +2.* +2.* +operator$`));
    expect((await run(`session unblock --session ${hash}`)).out).toBe('blocked\nno');
    expect((await run('session revoke --customer zoe')).out).toBe('revoked\nyes');
    expect([await use(id), await use(other)]).toEqual([401, 200]);
    expect((await run(`session revoke --id ${other}`)).code).toBe(0);
    expect(await use(other)).toBe(401);
    expect((await run('session revoke')).err).toMatch(
      /^holdfast: invalid_input: .*must name a sessionId, a customerId, a client|^holdfast: .*must name a sessionId, a customerId, a client/,
    );
  });
});

describe('holds, orders, sessions', () => {
  let session = '';
  beforeEach(async () => {
    session = (await json('session create --customer alice')).sessionId;
    await run('stock define chair --price 4900EUR');
    await run('stock set chair 100 --create');
    await shop.mutate('cart.add', { sku: 'chair', quantity: 2 }, { session });
  });

  test('holds are listed, and can be released once', async () => {
    const [hold] = await json('holds list --sku chair');
    expect(hold).toMatchObject({ sku: 'chair', quantity: 2, state: 'held' });
    expect((await run(`holds release ${hold.holdId}`)).code).toBe(2);
    expect((await run(`holds release ${hold.holdId} --reason stuck`)).code).toBe(0);
    const again = await run(`holds release ${hold.holdId} --reason stuck`);
    expect(again.code).toBe(1);
    expect(again.err).toMatch(/^holdfast: hold_not_active: .*, state released\)$/);
  });

  test.each([
    ['holds release-where --client 10.0.0.1 --reason bot', "option '--client <client>'", 'clt_ and 22 of A-Za-z0-9_-'],
    ['holds release-where --session shopper-1 --reason bot', "option '--session <session>'", 'customer: and 22'],
    ['session block --client clt_short --reason bot', "option '--client <client>'", 'clt_ and 22 of A-Za-z0-9_-'],
  ])('%s is wrong usage, because no holder has such a name', async (line, option, form) => {
    const { code, err } = await run(line);
    expect(code).toBe(2);
    expect(err).toContain(option);
    expect(err).toContain(form);
  });

  test('orders are listed and shown', async () => {
    await shop.mutate('checkout.place', { idempotencyKey: session }, { session });
    const listed = await json('orders list --status placed --limit 1');
    expect(listed).toHaveLength(1);
    const { out, code } = await run(`orders get ${listed[0].orderId}`);
    expect(code).toBe(0);
    expect(out).toMatch(
      /^sku +quantity +fulfilled +returned +price\nchair +2 +- +0 +49\.00 EUR\nord_\S+ placed \S+ total 98\.00 EUR$/,
    );
    expect((await run('orders get ord_nope')).err).toMatch(/^holdfast: unknown_order: /);
  });

  test('an order is dispatched in parts, and what is left can be changed and cancelled', async () => {
    await using server = await startShop({ SELL_AT: 'dispatch' });
    const { mutate } = server;
    const ask = async (line: string) => run(`${line} --url ${server.url}`);
    await ask('stock set mug=blue 10 --create');
    await mutate('cart.add', { sku: 'mug=blue', quantity: 3 }, { session: 'a-shopper-of-mugs' });
    const placed = await mutate('checkout.place', { idempotencyKey: 'p' }, { session: 'a-shopper-of-mugs' });
    const { orderId } = placed.data as { orderId: string };
    const dispatched = await ask(`orders fulfil ${orderId} --line mug=blue=1 --tracking parcel-1`);
    expect(dispatched.out).toMatch(/mug=blue +3 +1 +0 .*\nord_\S+ partially_fulfilled /);
    expect((await ask(`orders set-line ${orderId} mug=blue 4 --reason asked`)).out).toMatch(/mug=blue +4 +1 /);
    expect((await ask(`orders cancel-line ${orderId} mug=blue 2 --reason asked`)).out).toMatch(/mug=blue +2 +1 /);
    expect((await ask(`orders fulfil ${orderId} --line mug=blue=2`)).err).toMatch(/^holdfast: exceeds_unfulfilled: /);
    expect((await ask(`orders fulfil ${orderId} --line mug`)).code).toBe(2);
    expect((await ask(`orders fulfil ${orderId}`)).out).toMatch(/ fulfilled /);
    expect((await ask(`orders cancel-line ${orderId} mug=blue 1 --reason late`)).err).toMatch(/^holdfast: order_state/);
  });
});

describe('reservations', () => {
  test('are created, changed, dispatched and released', async () => {
    await run('stock set jug=red 9 --create');
    await run('stock set bowl 2 --create');
    const made = await run('reservations create po-1 --line jug=red=4 --line bowl=1 --ttl 60000');
    expect(made.out).toMatch(/jug=red +4 +0 +0\nbowl +1 +0 +0\nres_\S+ po-1 reserved until 2/);
    const [id] = /res_\S+/.exec(made.out) ?? [];
    expect((await run('reservations create po-1 --line bowl=1')).err).toMatch(/^holdfast: reservation_state: /);
    expect((await run(`reservations extend ${id} --reason "by phone"`)).out).toMatch(/reserved until -$/);
    expect((await run(`reservations resize ${id} --line jug=red=5 --line bowl=0`)).out).toMatch(/jug=red +5 /);
    expect((await run(`reservations transfer ${id} po-2`)).out).toMatch(/ po-2 reserved /);
    expect((await run(`reservations commit ${id} --reason paid`)).out).toMatch(/ po-2 committed /);
    expect((await run(`reservations fulfil ${id} --line jug=red=2`)).out).toMatch(/jug=red +5 +2 +0\n/);
    expect((await run(`reservations release ${id} --line jug=red=1`)).out).toMatch(/jug=red +5 +2 +1\n/);
    expect((await run(`reservations fulfil ${id}`)).out).toMatch(/jug=red +5 +4 +1\nres_\S+ po-2 fulfilled /);
    expect((await run('events --limit 1')).out).toMatch(/reservations\.extend +by phone/);
    const { movements } = (await shop.query('stock.history', { sku: 'jug=red', limit: 50 }, { operator: true }))
      .data as {
      movements: { kind: string; cause: { reason?: string } }[];
    };
    expect(movements.find(({ kind }) => kind === 'committed')?.cause.reason).toBe('paid');
    expect((await run('reservations get --reference po-2')).out).toMatch(/ po-2 fulfilled /);
    expect((await run('reservations get')).err).toMatch(/requires either an id or --reference/);
    expect((await run('reservations create po-3 --line bowl=9 --best-effort --customer ada')).out).toMatch(/bowl +2 /);
    expect(await json('reservations list --status fulfilled')).toMatchObject([{ reservationId: id }]);
    expect((await run('reservations list')).out).toMatch(/reference/);
  });
});

test('status shows whether the server is ready', async () => {
  const { code, out } = await run('status');
  expect(code).toBe(0);
  expect(out).toMatch(/^ready .*\nyes +memory +none /);
  expect(await json('status')).toMatchObject({ ready: true, shop: 'main', queue: { waiting: expect.any(Number) } });
});

describe('audit', () => {
  test('exits with 0 for a sound shop', async () => {
    const { code, out } = await run('audit');
    expect(code).toBe(0);
    expect(out).toMatch(/audit: ok$/);
  });

  test('lists violations and exits with 1', async () => {
    await run('stock set broken 5 --create');
    const record = store.tables.stocks.get('broken');
    if (!record) throw new Error('the SKU is there');
    store.tables.stocks.set('broken', { ...record, onHand: 6 });
    const { code, out, err } = await run('audit');
    store.tables.stocks.set('broken', record);
    expect(code).toBe(1);
    expect(out).toMatch(/broken/);
    expect(err).toMatch(/^holdfast: audit: \d+ violations?$/);
  });
});

/** Starts an HTTP server that knows no path. */
async function startPage(): Promise<AsyncDisposable & { url: string }> {
  const server = createServer((_, answer) => answer.writeHead(404, { 'content-type': 'text/html' }).end('<p>nothing'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

describe('errors', () => {
  test.each([
    [
      'no server',
      'audit --url http://127.0.0.1:65534',
      {},
      3,
      /^holdfast: no Holdfast server answers at http:\/\/127\.0\.0\.1:65534 \(.*ECONNREFUSED.*\): start one with /,
    ],
    ['no server under a name', 'audit --url http://localhost:65534', {}, 3, /ECONNREFUSED/],
    ['no key', 'audit', { OPERATOR_KEY: '' }, 1, /^holdfast: OPERATOR_KEY is not set, .*: set it in the environment$/],
    ['a wrong key', 'audit', { OPERATOR_KEY: 'wrong' }, 1, /^holdfast: the server does not accept this OPERATOR_KEY: /],
    ['a URL that is not HTTP', 'audit --url localhost', {}, 2, /^holdfast: localhost is not an HTTP URL/],
    ['an unknown command', 'stock sell a', {}, 2, /unknown command/],
    ['a text instead of a number', 'stock set a many', {}, 2, /Expected a whole number/],
    ['a price in major units', 'stock define a --price 12.99', {}, 2, /minor units/],
    ['an argument too few', 'stock level', {}, 2, /missing required argument/],
    [
      'an unknown SKU',
      'stock level nope',
      {},
      1,
      /^holdfast: unknown_sku: The shop has no such SKU \(sku nope\): "holdfast stock list" shows the SKUs/,
    ],
    ['an invalid SKU', 'stock level "a\tb"', {}, 1, /^holdfast: invalid_input: sku: /],
  ] as [string, string, Record<string, string>, number, RegExp][])('%s', async (_, line, env, code, err) => {
    const ran = await run(line, env);
    expect([ran.code, ran.out]).toEqual([code, '']);
    expect(ran.err).toMatch(err);
  });

  test('a server of another kind and a missing scope are reported in sentences', async () => {
    await using other = await startPage();
    const at = { HOLDFAST_URL: other.url };
    const { code, out, err } = await run('audit', at);
    expect([code, out]).toEqual([3, '']);
    expect(err).toMatch(/^holdfast: the server at http\S+ is not a Holdfast server \(.+\): set --url or HOLDFAST_URL /);
    for (const line of ['stock export', 'backup /nowhere/b', `backup ${join(tmpdir(), `backup-${process.pid}`)}`]) {
      const ran = await run(line, at);
      expect(ran.err).toMatch(
        /^holdfast: (cannot write \/nowhere\/b: ENOENT|http\S+ is not a Holdfast server: \S+ has the status 404)$/,
      );
      expect(ran.code).toBe(ran.err.includes('cannot write') ? 2 : 1);
    }
    const { key } = await json('keys create reader --scope stock:read');
    const lacking = await run('holds list', { OPERATOR_KEY: key });
    expect([lacking.code, lacking.err]).toEqual([
      1,
      'holdfast: the key in OPERATOR_KEY lacks the scope holds:read: use a key with that scope; ' +
        '"holdfast keys whoami" shows the scopes of this one',
    ]);
  });

  test('help exits with 0', async () => {
    const { code, out } = await run('--help');
    expect(code).toBe(0);
    expect(out).toMatch(/stock.*\n(.*\n)*.*orders/);
  });
});

describe('tables', () => {
  test('columns are aligned, numbers right', () => {
    expect(
      table([
        { sku: 'a', n: 7 },
        { sku: 'long', n: 1_000 },
      ]),
    ).toBe('sku      n\na        7\nlong  1000');
    expect(table([])).toBe('(none)');
  });

  test('prices have the digits of their currency', () => {
    expect(price({ amount: 1_299, currency: 'EUR' })).toBe('12.99 EUR');
    expect(price({ amount: 1_299, currency: 'JPY' })).toBe('1299 JPY');
    expect(price({ amount: 1_299, currency: 'KWD' })).toBe('1.299 KWD');
    expect(price(null)).toBeNull();
  });
});
