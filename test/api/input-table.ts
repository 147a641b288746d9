import { NEVER_AT } from '../../src/domain/limits.ts';
import type { Credentials } from '../support/shop-server.ts';
import { KEY_PROCEDURES } from './key-table.ts';
import type { Field, ProcedureRow } from './procedure-row.ts';
import { TRANSFER_PROCEDURES } from './transfer-table.ts';
import { WEBHOOK_PROCEDURES } from './webhook-table.ts';

const NOT_TEXT = [1, true, [], {}, ['a'], { a: 1 }];
/** Controls of the writing direction: marks, embeddings, overrides, isolates. */
const BIDI = ['a\u200eb', 'a\u061cb', 'a\u202ab', 'gpj.\u202eexe', 'a\u2066b', 'a\u2069'];
const NOT_NUMBER = ['1', true, [], {}, [1], 1.5, 1e308, -1e308];
const UNITS_MAX = 1_000_000_000_000;

const required = (field: Field): Field => ({ good: field.good, bad: [...field.bad, null], required: true });
const optional = (field: Field): Field => ({ good: field.good, bad: [...field.bad, null] });
const nullable = (field: Field): Field => ({ good: [...field.good, null], bad: field.bad });

const sku: Field = {
  good: ['known', 'z'.repeat(64), 'A9._:-'],
  bad: ['', 'a'.repeat(129), ' a', 'a\u0301', 'a\n', 'a\0', '\ud800', ...NOT_TEXT],
};
const search: Field = {
  good: ['a', ' a', 'z'.repeat(128), 'Ä'],
  bad: ['', 'z'.repeat(129), 'a\0b', '\ud800', ...BIDI, ...NOT_TEXT],
};
const text: Field = {
  good: ['x', 'y'.repeat(255), 'Zoë, 2 €\n', '👩\u200d💻', 'می\u200cخواهم', 'café\tau lait'],
  bad: ['', 'x'.repeat(256), 'a\0b', '\ud800', 'a\udc00', 'a\u0007', '\u001b[2J', 'a\u0085', ...BIDI, ...NOT_TEXT],
};
const key: Field = { good: ['k', ' ~', 'k'.repeat(255)], bad: ['', 'k'.repeat(256), 'ü', 'a\tb', 'a\0', ...NOT_TEXT] };
const id: Field = { good: ['hld_nope', '!'.repeat(100)], bad: ['', 'a'.repeat(101), 'a b', 'ä', 'a\0', ...NOT_TEXT] };
const sessionId: Field = {
  good: ['8-chars_', '_.-_.-_.-', 'Z'.repeat(128)],
  bad: ['', '7-chars', 's'.repeat(129), 'with a space', 'semi;colon', 'ä'.repeat(8), 'a\0'.repeat(8), ...NOT_TEXT],
};
const session: Field = {
  good: ['h'.repeat(22), `-_${'9'.repeat(20)}`],
  bad: ['', 'h'.repeat(21), 'h'.repeat(23), `.${'h'.repeat(21)}`, 'ä'.repeat(22), ...NOT_TEXT],
};
const client: Field = {
  good: [`clt_${'c'.repeat(22)}`],
  bad: ['', 'clt_', 'c'.repeat(22), `clt_${'c'.repeat(23)}`, `CLT_${'c'.repeat(22)}`, ...NOT_TEXT],
};
const holder: Field = {
  good: [...session.good, `customer:${'h'.repeat(22)}`, 'detached:r', `detached:${'~'.repeat(119)}`],
  bad: [...session.bad, 'customer:ada', 'detached:', `detached:${'r'.repeat(120)}`, ...client.good],
};
const holdOwner: Field = {
  good: ['cart:crt_1', 'order:ord_1', `reservation:${'r'.repeat(100)}`],
  bad: ['', 'cart:', 'crt_1', 'cart:a b', 'detached:r', 'cursor:audit', `order:${'o'.repeat(101)}`, ...NOT_TEXT],
};
const whole = (min: number, max: number): Field => ({
  good: [min, max],
  bad: [min - 1, max + 1, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER + 1, ...NOT_NUMBER],
});
const sequence: Field = {
  good: [0, Number.MAX_SAFE_INTEGER],
  bad: [-1, Number.MAX_SAFE_INTEGER + 1, ...NOT_NUMBER],
};
const units = whole(1, UNITS_MAX);
const unitsOrNone = whole(0, UNITS_MAX);
const money: Field = {
  good: [
    { amount: 0, currency: 'EUR' },
    { amount: UNITS_MAX, currency: 'ZZZ' },
  ],
  bad: [
    { amount: -1, currency: 'EUR' },
    { amount: UNITS_MAX + 1, currency: 'EUR' },
    { amount: 1.5, currency: 'EUR' },
    { amount: '1', currency: 'EUR' },
    { amount: 1 },
    { currency: 'EUR' },
    { amount: 1, currency: 'eur' },
    { amount: 1, currency: 'EURO' },
    { amount: 1, currency: 'EUR', more: 1 },
    1,
    'EUR',
    [],
  ],
};
const contact: Field = {
  good: [
    {},
    { name: 'A' },
    { name: 'Zoë Ó Súilleabháin 李' },
    { name: 'A', email: 'a@shop.example', phone: '+49 (30) 123-45.67' },
    ...['a.b+c@mail.shop.example', "o'neil@shop.example"].map((email) => ({ email })),
    ...['110', '1'.repeat(15), '+491701234567', '(030) 12 34 / 567', '0170-1234567'].map((phone) => ({ phone })),
  ],
  bad: [
    { email: 1 },
    { fax: '1' },
    { phone: null },
    { name: null },
    'A',
    1,
    [],
    ...['', 'x'.repeat(256), 'a\nb', 'a\r\nb', 'a\tb', 'a\0', 'a\u0085b', 'a\u2028b', 'a\u2029b'].map((name) => ({
      name,
    })),
    ...[...BIDI, 'a\u200bb', 'a\u00adb', '\ufeffa', '\ud800'].map((name) => ({ name })),
    ...['', 'a', 'a@', '@shop.example', 'a b@shop.example', 'a@shop.example\nBcc: b@shop.example'].map((email) => ({
      email,
    })),
    ...['a@shop', 'a@shop..example', `${'a'.repeat(250)}@shop.example`, 'a\u202e@shop.example'].map((email) => ({
      email,
    })),
    ...['', '12', '1'.repeat(16), '+', 'call me', '+49 170\n1234567', '1--- 234', '123+', '12a4', '１２３'].map(
      (phone) => ({ phone }),
    ),
  ],
};
const shop: Field = { good: ['a', 'A-z_0.9', 's'.repeat(64)], bad: ['', 's'.repeat(65), 'a b', 'a:b', '{a}', 1, null] };
const flag: Field = { good: [true, false], bad: ['', 'true', 0, 1, [], {}] };
const returned = (quantity: unknown, sku: unknown = 'known') => ({ sku, quantity });
const orderedLines: Field = {
  good: [[returned(1)], [returned(UNITS_MAX), returned(1)], Array.from({ length: 100 }, () => returned(1))],
  bad: [
    [],
    Array.from({ length: 101 }, () => returned(1)),
    [returned(0)],
    [returned(-1)],
    [returned(1.5)],
    [returned('1')],
    [returned(UNITS_MAX + 1)],
    [returned(1, '')],
    [returned(1, null)],
    [{ sku: 'known' }],
    [{ quantity: 1 }],
    [{ ...returned(1), more: 1 }],
    [null],
    returned(1),
    'known',
    1,
  ],
};
const linesOf = (...lines: readonly unknown[]): Field['good'] => lines.map((line) => [line]);
const reservedLines: Field = {
  good: [...orderedLines.good, ...linesOf({ ...returned(1), mode: 'exact' }, { ...returned(9), mode: 'best_effort' })],
  bad: [...orderedLines.bad, ...linesOf({ ...returned(1), mode: 'some' }, { ...returned(1), mode: null })],
};
const resizedLines: Field = {
  good: [...orderedLines.good, ...linesOf(returned(0))],
  bad: [
    ...linesOf(returned(-1), returned(1.5), returned(UNITS_MAX + 1), { sku: 'known' }, { quantity: 1 }),
    [],
    'known',
  ],
};
const lifetime: Field = {
  good: [1, 400 * 86_400_000, null],
  bad: [0, -1, 400 * 86_400_000 + 1, ...NOT_NUMBER],
};
const locationId: Field = {
  good: ['main', '0', `a_-${'9'.repeat(29)}`],
  bad: ['', 'A', '-a', 'a b', 'a@b', 'a'.repeat(33), ...NOT_TEXT],
};
const location = optional(locationId);
/** A ranked location has to exist, so only `main` may be named. */
const sourcing = {
  channel: location,
  locations: optional({ good: [['main']], bad: [[], ['main', 'main'], ['Main'], 'main', [1], {}] }),
  sourcing: optional({ good: ['priority', 'fewest_parcels'], bad: ['', 'nearest', 1, []] }),
};
const page = {
  cursor: optional({ good: [], bad: ['', 'x', 'c'.repeat(513), 'Y3Vyc29y', ...NOT_TEXT] }),
  limit: optional(whole(1, 500)),
};
const component = (quantity: unknown, name: unknown = 'mug') => ({ sku: name, quantity });
const components: Field = {
  good: [[component(1)], Array.from({ length: 100 }, (_, index) => component(1_000_000, `mug-${index}`))],
  bad: [
    [],
    [component(0)],
    [component(1_000_001)],
    [component('1')],
    [component(1, 'a@main')],
    [component(1), component(2)],
    [{ sku: 'mug' }],
    [{ ...component(1), title: 'Mug' }],
    Array.from({ length: 101 }, (_, index) => component(1, `mug-${index}`)),
    ...NOT_TEXT.filter((value) => !Array.isArray(value)),
  ],
};
const idempotencyKey = optional(key);

const OPERATOR: Credentials = { operator: true };
const SHOPPER: Credentials = { session: 'shopper-of-the-table' };
const KNOWN = { sku: 'known' };

const row = (
  type: ProcedureRow['type'],
  who: Credentials,
  path: string,
  base: Record<string, unknown>,
  fields: Record<string, Field>,
): ProcedureRow => ({ path, type, who, base, fields });

/** Every procedure, in the order of API.md. */
export const PROCEDURES: ProcedureRow[] = [
  row('mutation', OPERATOR, 'session.create', {}, { customerId: optional(key), idempotencyKey }),
  row(
    'mutation',
    OPERATOR,
    'session.revoke',
    { sessionId: 'session-of-the-table' },
    {
      sessionId: optional(sessionId),
      customerId: optional(key),
      client: optional(client),
      reason: optional(text),
      idempotencyKey,
    },
  ),
  row(
    'mutation',
    OPERATOR,
    'sessions.block',
    { session: 's'.repeat(22), reason: 'hoards' },
    {
      session: optional(session),
      client: optional(client),
      reason: required(text),
      untilMs: optional({ good: [], bad: [-1, 1.5, Number.MAX_SAFE_INTEGER + 1, ...NOT_NUMBER] }),
      idempotencyKey,
    },
  ),
  row(
    'mutation',
    OPERATOR,
    'sessions.unblock',
    { session: 's'.repeat(22) },
    { session: optional(session), client: optional(client), reason: optional(text), idempotencyKey },
  ),
  row('query', OPERATOR, 'sessions.blocks', {}, page),
  row('mutation', OPERATOR, 'stock.define', KNOWN, {
    location,
    sku: required(sku),
    title: nullable(text),
    unitPrice: nullable(money),
    // Before the settings that a kit does not have.
    components: nullable(components),
    safetyStock: optional(unitsOrNone),
    limitPerCustomer: nullable(units),
    holdUnitsMax: nullable(units),
    requiresCustomer: optional(flag),
    protected: optional(flag),
    backorderLimit: nullable(units),
    shipsAt: nullable(whole(0, NEVER_AT)),
    reason: optional(text),
    idempotencyKey,
  }),
  row(
    'mutation',
    OPERATOR,
    'stock.receive',
    { ...KNOWN, quantity: 1 },
    {
      location,
      sku: required(sku),
      quantity: required(units),
      reason: optional(text),
      reference: optional(text),
      idempotencyKey,
    },
  ),
  row(
    'mutation',
    OPERATOR,
    'stock.adjust',
    { ...KNOWN, delta: 1, reason: 'found' },
    {
      location,
      sku: required(sku),
      delta: required({
        good: [-1, 1, UNITS_MAX, -UNITS_MAX],
        bad: [0, UNITS_MAX + 1, -UNITS_MAX - 1, ...NOT_NUMBER],
      }),
      reason: required(text),
      reference: optional(text),
      idempotencyKey,
    },
  ),
  row(
    'mutation',
    OPERATOR,
    'stock.count',
    { ...KNOWN, onHand: 100 },
    {
      location,
      sku: required(sku),
      onHand: required(unitsOrNone),
      expectedOnHand: optional(unitsOrNone),
      reason: optional(text),
      idempotencyKey,
    },
  ),
  row(
    'mutation',
    OPERATOR,
    'stock.archive',
    { ...KNOWN, reason: 'typo' },
    { sku: required(sku), reason: required(text), idempotencyKey },
  ),
  row(
    'mutation',
    OPERATOR,
    'stock.writeOff',
    { ...KNOWN, quantity: 1, reason: 'broken', takeFrom: 'available' },
    {
      location,
      sku: required(sku),
      quantity: required(units),
      reason: required(text),
      takeFrom: required({ good: ['available', 'newest_holds'], bad: ['', 'held', 1, null] }),
      idempotencyKey,
    },
  ),
  row(
    'mutation',
    OPERATOR,
    'locations.define',
    { id: 'main' },
    {
      id: required(locationId),
      title: nullable(text),
      priority: optional(whole(0, 10_000)),
      active: optional(flag),
      channels: nullable({
        good: [['web'], ['web', 'web'], Array.from({ length: 20 }, (_, each) => `c${each}`)],
        bad: [[], ['Web'], [''], [1], [null], Array.from({ length: 21 }, (_, each) => `c${each}`), 'web', 1, {}],
      }),
      reason: optional(text),
      idempotencyKey,
    },
  ),
  row('query', OPERATOR, 'locations.list', {}, {}),
  ...TRANSFER_PROCEDURES,
  row('query', OPERATOR, 'stock.level', KNOWN, { location, sku: required(sku) }),
  row(
    'query',
    OPERATOR,
    'stock.list',
    {},
    {
      prefix: optional(search),
      contains: optional(search),
      availableMax: optional(unitsOrNone),
      ...page,
    },
  ),
  row('query', OPERATOR, 'stock.importStatus', { key: 'k' }, { key: required(key) }),
  row('query', OPERATOR, 'stock.history', KNOWN, { location, sku: required(sku), ...page }),
  row(
    'query',
    OPERATOR,
    'holds.list',
    {},
    {
      sku: optional(sku),
      session: optional(holder),
      client: optional(client),
      olderThanMs: optional(whole(1, 34_560_000_000)),
      owner: optional(holdOwner),
      customerId: optional(key),
      ...page,
    },
  ),
  row(
    'query',
    OPERATOR,
    'holds.top',
    { ...KNOWN, by: 'client' },
    {
      sku: required(sku),
      by: required({ good: ['session', 'client'], bad: ['', 'customer', 'Session', ...NOT_TEXT] }),
      limit: page.limit,
    },
  ),
  row(
    'mutation',
    OPERATOR,
    'holds.releaseWhere',
    { ...KNOWN, reason: 'r' },
    {
      sku: optional(sku),
      session: optional(holder),
      client: optional(client),
      olderThanMs: optional(whole(1, 34_560_000_000)),
      holdIds: optional({
        good: [['hld_nope'], ['hld_nope', 'hld_nope'], Array.from({ length: 500 }, (_, each) => `h${each}`)],
        bad: [[], [''], ['a b'], [1], [null], Array.from({ length: 501 }, (_, each) => `h${each}`), 'hld_nope', 1, {}],
      }),
      reason: required(text),
      idempotencyKey,
    },
  ),
  row(
    'mutation',
    OPERATOR,
    'holds.release',
    { holdId: 'hld_nope', reason: 'r' },
    {
      holdId: required(id),
      reason: required(text),
      idempotencyKey,
    },
  ),
  row(
    'query',
    {},
    'stock.availability',
    { skus: ['known'] },
    {
      channel: location,
      location,
      skus: required({
        good: [['a'], Array.from({ length: 100 }, (_, n) => `s${n}`), ['known', 'known']],
        bad: [[], Array.from({ length: 101 }, (_, n) => `s${n}`), [1], [''], [null], 'known', 1, {}, { 0: 'a' }],
      }),
    },
  ),
  row('query', SHOPPER, 'cart.get', {}, {}),
  row(
    'mutation',
    SHOPPER,
    'cart.add',
    { ...KNOWN, quantity: 1 },
    {
      sku: required(sku),
      quantity: required(units),
      mode: optional({ good: ['exact', 'best_effort'], bad: ['', 'EXACT', 'some', 1, []] }),
      ...sourcing,
      idempotencyKey,
    },
  ),
  row(
    'mutation',
    SHOPPER,
    'cart.setQuantity',
    { ...KNOWN, quantity: 1 },
    {
      sku: required(sku),
      quantity: required(unitsOrNone),
      ...sourcing,
      idempotencyKey,
    },
  ),
  row('mutation', SHOPPER, 'cart.remove', KNOWN, { sku: required(sku), idempotencyKey }),
  row('mutation', SHOPPER, 'cart.clear', {}, { idempotencyKey }),
  row('mutation', SHOPPER, 'cart.extend', {}, { idempotencyKey }),
  row(
    'mutation',
    SHOPPER,
    'cart.merge',
    { fromSessionId: 'guest-of-the-table' },
    { fromSessionId: required(sessionId), idempotencyKey },
  ),
  row(
    'mutation',
    SHOPPER,
    'checkout.place',
    { idempotencyKey: 'table' },
    {
      idempotencyKey: required(key),
      contact: optional(contact),
      expectedTotal: optional(money),
      items: optional(orderedLines),
      ...sourcing,
    },
  ),
  row(
    'mutation',
    SHOPPER,
    'checkout.begin',
    { idempotencyKey: 'table' },
    {
      idempotencyKey: required(key),
      paymentWindowMs: optional({ good: [1_000, 900_000], bad: whole(1_000, 900_000).bad }),
      paymentReference: optional(text),
      contact: optional(contact),
      expectedTotal: optional(money),
    },
  ),
  row(
    'mutation',
    SHOPPER,
    'checkout.attachPayment',
    { orderId: 'ord_nope', paymentReference: 'cs_1' },
    { orderId: required(id), paymentReference: required(text), idempotencyKey },
  ),
  row(
    'mutation',
    OPERATOR,
    'checkout.confirm',
    { orderId: 'ord_nope', paymentReference: 'pay-1' },
    { orderId: required(id), paymentReference: required(text), reason: optional(text), idempotencyKey },
  ),
  row(
    'mutation',
    SHOPPER,
    'checkout.cancel',
    { orderId: 'ord_nope' },
    { orderId: required(id), reason: optional(text), restoreCart: optional(flag), idempotencyKey },
  ),
  row('query', SHOPPER, 'orders.get', { orderId: 'ord_nope' }, { orderId: required(id) }),
  row(
    'query',
    OPERATOR,
    'orders.list',
    {},
    {
      ...page,
      status: optional({ good: ['placed', 'refund_due'], bad: ['', 'PLACED', 'paid', 1, []] }),
      session: optional(holder),
      customerId: optional(key),
      paymentReference: optional(text),
      omitContact: optional(flag),
    },
  ),
  row('query', SHOPPER, 'orders.mine', {}, page),
  row(
    'mutation',
    OPERATOR,
    'orders.return',
    {
      orderId: 'ord_nope',
      lines: [{ sku: 'known', quantity: 1 }],
      restock: true,
      reason: 'r',
      idempotencyKey: 'table',
    },
    {
      orderId: required(id),
      lines: required(orderedLines),
      restock: required(flag),
      reason: required(text),
      idempotencyKey: required(key),
    },
  ),
  row(
    'mutation',
    OPERATOR,
    'orders.purge',
    { status: 'refund_due', olderThanMs: 0 },
    {
      status: required({
        good: ['placed', 'cancelled', 'expired'],
        bad: ['awaiting_payment', '', 'PLACED', 1, [], {}],
      }),
      olderThanMs: required({ good: [0, 34_560_000_000], bad: [-1, 0.5, 34_560_000_001, '1', [], {}] }),
      reason: optional(text),
      idempotencyKey,
    },
  ),
  row(
    'mutation',
    OPERATOR,
    'orders.redact',
    { orderId: 'ord_nope' },
    // Only one of the two is accepted.
    {
      orderId: required(id),
      customerId: optional({ good: [], bad: ['', 'ada', 1, [], {}] }),
      reason: optional(text),
      idempotencyKey,
    },
  ),
  row('query', OPERATOR, 'customers.export', { customerId: 'ada' }, { customerId: required(key) }),
  row('query', OPERATOR, 'admin.audit', {}, {}),
  row(
    'mutation',
    OPERATOR,
    'orders.fulfil',
    { orderId: 'ord_nope' },
    {
      orderId: required(id),
      lines: optional(orderedLines),
      trackingReference: optional(text),
      reason: optional(text),
      idempotencyKey,
    },
  ),
  row(
    'mutation',
    OPERATOR,
    'orders.cancelLine',
    { orderId: 'ord_nope', sku: 'known', quantity: 1, reason: 'r' },
    { orderId: required(id), sku: required(sku), quantity: required(units), reason: required(text), idempotencyKey },
  ),
  row(
    'mutation',
    OPERATOR,
    'orders.setLineQuantity',
    { orderId: 'ord_nope', sku: 'known', quantity: 1, reason: 'r' },
    {
      orderId: required(id),
      sku: required(sku),
      quantity: required(units),
      reason: required(text),
      ...sourcing,
      idempotencyKey,
    },
  ),
  row(
    'mutation',
    OPERATOR,
    'reservations.create',
    { reference: 'po-17', lines: [{ sku: 'known', quantity: 1 }], ttlMs: 60_000 },
    {
      reference: required(text),
      lines: required(reservedLines),
      ttlMs: { ...lifetime, required: true },
      customer: optional(key),
      channel: optional(locationId),
      locations: optional({
        good: [['main']],
        bad: [
          [],
          ['Main'],
          ['main', 'main'],
          [1],
          [null],
          Array.from({ length: 21 }, (_, each) => `c${each}`),
          'main',
          1,
        ],
      }),
      sourcing: optional({ good: ['priority', 'fewest_parcels'], bad: ['', 'nearest', 1, []] }),
      reason: optional(text),
      idempotencyKey,
    },
  ),
  row('query', OPERATOR, 'reservations.get', { reservationId: 'res_nope' }, { reservationId: required(id) }),
  row(
    'query',
    OPERATOR,
    'reservations.list',
    {},
    {
      ...page,
      reference: optional(text),
      status: optional({ good: ['reserved', 'expired'], bad: ['', 'RESERVED', 'placed', 1, []] }),
    },
  ),
  row(
    'mutation',
    OPERATOR,
    'reservations.extend',
    { reservationId: 'res_nope', ttlMs: 60_000 },
    { reservationId: required(id), ttlMs: { ...lifetime, required: true }, reason: optional(text), idempotencyKey },
  ),
  row(
    'mutation',
    OPERATOR,
    'reservations.resize',
    { reservationId: 'res_nope', lines: [{ sku: 'known', quantity: 0 }] },
    { reservationId: required(id), lines: required(resizedLines), reason: optional(text), idempotencyKey },
  ),
  row(
    'mutation',
    OPERATOR,
    'reservations.commit',
    { reservationId: 'res_nope' },
    { reservationId: required(id), reason: optional(text), idempotencyKey },
  ),
  row(
    'mutation',
    OPERATOR,
    'reservations.fulfil',
    { reservationId: 'res_nope' },
    { reservationId: required(id), lines: optional(orderedLines), reason: optional(text), idempotencyKey },
  ),
  row(
    'mutation',
    OPERATOR,
    'reservations.release',
    { reservationId: 'res_nope' },
    { reservationId: required(id), lines: optional(orderedLines), reason: optional(text), idempotencyKey },
  ),
  row(
    'mutation',
    OPERATOR,
    'reservations.transfer',
    { reservationId: 'res_nope', reference: 'po-18' },
    { reservationId: required(id), reference: required(text), reason: optional(text), idempotencyKey },
  ),
  row('query', OPERATOR, 'admin.events', {}, page),
  row('query', OPERATOR, 'admin.status', {}, {}),
  row('query', OPERATOR, 'admin.clock', {}, {}),
  row('query', OPERATOR, 'admin.loss', {}, {}),
  row('mutation', OPERATOR, 'admin.acceptClock', {}, { reason: optional(text), idempotencyKey }),
  row('mutation', OPERATOR, 'admin.repairIndexes', {}, { reason: optional(text), idempotencyKey }),
  row(
    'mutation',
    OPERATOR,
    'ledger.removeFollower',
    { follower: 'archive' },
    {
      follower: { good: ['a', 'A.b_c-9', 'x'.repeat(64)], bad: ['', 'a b', 'x'.repeat(65), 7, null] },
      reason: optional(text),
      idempotencyKey,
    },
  ),
  row(
    'mutation',
    OPERATOR,
    'admin.recover',
    { acceptSequence: 1 },
    { acceptSequence: required(sequence), replay: optional(flag), reason: optional(text), idempotencyKey },
  ),
  ...WEBHOOK_PROCEDURES,
  ...KEY_PROCEDURES,
  ...['create', 'suspend', 'resume'].map((change) =>
    row(
      'mutation',
      OPERATOR,
      `shops.${change}`,
      { shop: 'other' },
      { shop: required(shop), reason: optional(text), idempotencyKey },
    ),
  ),
  row('query', OPERATOR, 'shops.list', {}, {}),
];
