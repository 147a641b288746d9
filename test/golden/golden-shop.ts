import { DOCUMENT_LISTS, type DocumentList } from '../../src/domain/records.ts';
import { componentsText } from '../../src/domain/kits.ts';
import type { Step } from '../../src/domain/steps.ts';
import type { Transaction } from '../../src/domain/transaction.ts';
import type { Holdfast } from '../../src/shop/holdfast.ts';
import type { OrderBody } from '../../src/shop/order/record/order-document.ts';
import type { ReservationBody } from '../../src/shop/reservation/reservation-document.ts';
import type { TransferBody } from '../../src/shop/transfer/transfer-document.ts';
import { stockKey } from '../../src/domain/stock-keys.ts';
import { RECORD_FORMAT } from '../../src/store/record-format.ts';
import {
  cartKey,
  LOCATIONS_KEY,
  orderKey,
  ownedKey,
  reservationIdOf,
  reservationKey,
  reservedAsKey,
  transferKey,
} from '../../src/transact/documents/names.ts';
import { ENDPOINTS_KEY, queueKey } from '../../src/shop/webhook/webhook-documents.ts';
import type { Endpoint, Queue } from '../../src/contract/webhook-records.ts';
import type { Store } from '../../src/store/store.ts';
import { OPERATOR, yes } from '../support/shop.ts';
import {
  adjust,
  commit,
  configure,
  consume,
  count,
  drop,
  euros,
  extend,
  fill,
  fulfil,
  giveBack,
  pin,
  put,
  receive,
  release,
  reserve,
  resizeBy,
  resizeTo,
  START,
  transaction,
  transfer,
} from '../support/transactions.ts';

/**
 * The commands that create the shop of the golden files, with records of each kind, in each state and list, and
 * movements of each kind. Only the files of the current format are created with them.
 */

/** `now` is shop time. The wall clock is ahead of it by `stepMs`, which the store has to absorb. */
export interface GoldenClock {
  now: number;
  stepMs: number;
}

const DAY_MS = 86_400_000;
const STEP_MS = 3_600_000;
/** Holds and documents are due at this time, except those that expire on purpose. */
const LONG_MS = 300 * DAY_MS;
const END = START + DAY_MS + 1_000;
export const clockAtStart = (): GoldenClock => ({ now: START, stepMs: 0 });
export const clockAtEnd = (): GoldenClock => ({ now: END, stepMs: STEP_MS });

const FULL = 'Größe 42 · blau';
const [CART, OTHER_CART] = [cartKey('crt_1'), cartKey('crt_2')];
const ANNA = 'customer:anna';
const REQUEST_ID = 'req_golden.1';
const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const CLIENT = 'clt_0123456789abcdefghijkl';
const ORDERS = ['ord_wait', 'ord_placed', 'ord_cancelled', 'ord_expired', 'ord_refund'] as const;
type OrderId = (typeof ORDERS)[number];

const cartBody = (...skus: string[]): string =>
  JSON.stringify({ lines: skus.map((sku) => ({ sku, unitPrice: euros(1_999) })), lost: [] });

const ORDER: OrderBody = {
  session: 'session-of-anna',
  origin: { cartId: 'crt_1', customer: ANNA },
  createdAt: START,
  contact: { name: 'Anna', email: 'anna@example.com' },
  paymentReference: 'pay_1',
  total: euros(1_999),
  lines: [{ sku: FULL, quantity: 1, returned: 0, unitPrice: euros(1_999), countedFor: ANNA }],
};

const TRACED_ORDER = orderKey('ord_traced');
const TRACED = {
  body: JSON.stringify({ ...ORDER, requestId: REQUEST_ID, total: null, lines: [] }),
  list: 'placed',
  dueInMs: LONG_MS,
} as const;

const ENDPOINT: Endpoint = {
  endpointId: 'whk_1',
  url: 'https://example.com/hook',
  events: ['order.placed', 'stock.out'],
  disabled: null,
  createdAt: START,
  secrets: [{ secret: 'whsec_golden', validUntil: null }],
};
const QUEUE: Queue = { cursor: '1-0', waiting: [], restUntil: 0 };

const forAnna = { customer: ANNA, owner: CART, ttlMs: LONG_MS };

/** An order of one unit of FULL that waits for its payment, and its entry in the list of its owner. */
const ordered = (orderId: OrderId): Step[] => [
  reserve(`h-${orderId}`, FULL, 1, forAnna),
  pin(`h-${orderId}`, LONG_MS, { toOwner: orderKey(orderId) }),
  put(orderKey(orderId), 'absent', {
    body: JSON.stringify(ORDER),
    holds: [`h-${orderId}`],
    list: 'awaiting_payment',
    dueInMs: LONG_MS,
  }),
  put(ownedKey(ANNA, orderId), 'absent', { body: '', list: 'by_owner' }),
];

/** Orders of five units, of which two were dispatched or all. */
const [DISPATCHED, FULFILLED] = [orderKey('ord_dispatched'), orderKey('ord_fulfilled')];
const of = (orderId: string) => ({ by: 'operator', orderId });

const dispatched = (fulfilled: number) => {
  const line = { sku: 'BIG', quantity: 5, fulfilled, returned: 0, countedFor: ANNA };
  return {
    body: JSON.stringify({ ...ORDER, total: null, trackingReferences: ['parcel 1'], lines: [line] }),
    ...(fulfilled === 5
      ? { list: 'fulfilled' as const, dueInMs: LONG_MS }
      : { list: fulfilled === 0 ? ('placed' as const) : ('partially_fulfilled' as const), holds: ['h-dispatch'] }),
  };
};

const committed = (holdId: string, owner: string): Step[] => [
  reserve(holdId, 'BIG', 5, { ...forAnna, owner: 'detached:f' }),
  commit(holdId, { toOwner: owner }),
  put(owner, 'absent', { ...dispatched(0), holds: [holdId] }),
];

/** Reservations of two units: one without a deadline, and one that was dispatched. */
const [RESERVED, ENDED] = [reservationKey('res_kept'), reservationKey('res_ended')];

const reserved = (key: string, holdId: string): Step[] => [
  reserve(holdId, 'BIG', 2, { owner: key, customer: ANNA, ttlMs: null }),
  put(key, 'absent', { ...reservation(key, holdId), holds: [holdId], list: 'reservations' }),
  put(reservedAsKey(key), 'absent', { body: reservationIdOf(key), dueInMs: null }),
];

const ended = (key: string): Step[] => [
  put(key, 'present', { ...reservation(key, null), list: 'reservations_ended', dueInMs: LONG_MS }),
  put(reservedAsKey(key), 'any', { body: reservationIdOf(key), dueInMs: LONG_MS }),
];

function reservation(reference: string, holdId: string | null): { body: string } {
  const units = {
    quantity: 2,
    fulfilled: holdId === null ? 2 : 0,
    released: 0,
    ...(holdId === null ? { counted: 2 } : {}),
  };
  const status = holdId === null ? 'fulfilled' : 'reserved';
  const body: ReservationBody = {
    reference,
    status,
    createdAt: START,
    customer: ANNA,
    parts: [{ key: 'BIG', holdId, ...units }],
  };
  return { body: JSON.stringify(body) };
}

const IN_BERLIN = stockKey('BIG', 'berlin');
const [MOVING, MOVED] = [transferKey('trf_open'), transferKey('trf_ended')];

function transferred(transferId: string, status: 'in_transit' | 'received', quantity: number): Step[] {
  const isOver = status === 'received';
  const line = { sku: 'BIG', quantity, received: isOver ? quantity : 0, lost: 0 };
  const body: TransferBody = { from: 'main', to: 'berlin', status, createdAt: START, lines: [line] };
  const list = isOver ? 'transfers_ended' : 'transfers';
  return [
    put(transferKey(transferId), 'absent', { body: JSON.stringify(body), list, dueInMs: isOver ? LONG_MS : null }),
  ];
}

const movedTo = (orderId: OrderId, list: 'placed' | 'cancelled' | 'expired' | 'refund_due'): Step =>
  put(orderKey(orderId), 'present', { body: JSON.stringify(ORDER), list, dueInMs: LONG_MS });

const delivery = { by: 'operator', reason: 'delivery', reference: 'PO-1' };
const bought = { by: 'session-of-anna', orderId: 'ord_placed' };
const LARGE = 900_000_000_000;
/** Enough grants that the embedded store keeps the request in several rows. */
const RESIZES = Array.from({ length: 110 }, (_, index) =>
  resizeTo('h-big', index % 2 === 0 ? LARGE : 1, { quantityMax: LARGE }),
);

/** Batches, each with its time. `reclaim` ends what is overdue at that time. */
const BATCHES: { at: number; transactions: Transaction[] | 'reclaim' }[] = [
  {
    at: START,
    transactions: [
      transaction('plain', [configure('PLAIN'), receive('PLAIN', 100), adjust('PLAIN', -2), count('PLAIN', 97, 98)]),
      transaction(
        'full',
        [
          configure(FULL, { title: 'Schuh „Größe 42“', unitPrice: euros(1_999), safetyStock: 2, limitPerCustomer: 9 }),
          receive(FULL, 50),
        ],
        { cause: delivery, retention: 'long' },
      ),
      transaction('many', [configure('BIG'), receive('BIG', 1_000_000_000_000)]),
      transaction('webhooks', [
        put(ENDPOINTS_KEY, 'absent', { body: JSON.stringify([ENDPOINT]) }),
        put(queueKey('whk_1', 'money'), 'absent', { body: JSON.stringify(QUEUE) }),
      ]),
    ],
  },
  {
    at: START + 1_000,
    transactions: [
      transaction('cart', [
        reserve('h-cart', FULL, 2, forAnna),
        extend('h-cart', LONG_MS + 1, { lifetimeMs: LONG_MS + 1 }),
        reserve('h-line', 'PLAIN', 3, { owner: CART, customer: ANNA, ttlMs: LONG_MS }),
        put(CART, 'absent', { body: cartBody(FULL, 'PLAIN'), holds: ['h-cart', 'h-line'], dueInMs: LONG_MS }),
      ]),
      transaction('resized', [
        reserve('h-big', 'BIG', 5, { owner: 'detached:till', customer: 'detached:till', ttlMs: LONG_MS }),
        resizeBy('h-big', 2, { min: 1 }),
      ]),
      transaction('overdue', [reserve('h-overdue', 'PLAIN', 4, { ttlMs: 10_000, owner: 'detached:a' })]),
      transaction('released', [reserve('h-freed', 'PLAIN', 1, { owner: 'detached:b' }), release('h-freed')]),
      transaction('refused', [reserve('h-none', 'PLAIN', 1_000)]),
    ],
  },
  {
    at: START + 2_000,
    transactions: [
      ...ORDERS.map((orderId) => transaction(orderId, ordered(orderId), { reference: orderId })),
      transaction('placing', [consume('h-ord_placed'), movedTo('ord_placed', 'placed')], { cause: bought }),
    ],
  },
  {
    at: START + 3_000,
    transactions: [
      transaction('cancelling', [
        transfer('h-ord_cancelled', OTHER_CART, { ttlMs: LONG_MS, lifetimeMs: LONG_MS + 1 }),
        movedTo('ord_cancelled', 'cancelled'),
        put(OTHER_CART, 'absent', { body: cartBody(FULL), holds: ['h-ord_cancelled'], dueInMs: LONG_MS }),
      ]),
      transaction('expiring', [release('h-ord_expired'), movedTo('ord_expired', 'expired')]),
      transaction('too-late', [release('h-ord_refund'), movedTo('ord_refund', 'expired')]),
      transaction('refunding', [movedTo('ord_refund', 'refund_due')]),
      transaction('long', RESIZES, { retention: 'long', reference: 'many-grants' }),
    ],
  },
  { at: START + 20_000, transactions: 'reclaim' },
  {
    at: START + 700_000,
    transactions: [
      transaction('sale', [reserve('h-sold', 'PLAIN', 6, { owner: 'detached:c' }), consume('h-sold')]),
      transaction('returned', [giveBack('PLAIN', 2), giveBack('PLAIN', 1, { restock: false })]),
      transaction('cursor', [put('cursor:gone', 'absent', { body: '{}' }), put('cursor:kept', 'any', { body: '{}' })]),
      transaction('dropped', [drop('cursor:gone', 'present')]),
      transaction('touched', [put(CART, 'present', { dueInMs: LONG_MS + 7 })]),
    ],
  },
  {
    at: START + DAY_MS,
    transactions: [transaction('next-day', [reserve('h-day', 'PLAIN', 1, { owner: 'detached:d' }), release('h-day')])],
  },
  {
    at: START + DAY_MS + 500,
    transactions: [
      transaction('guarded', [
        configure('GUARDED', { holdUnitsMax: 7, requiresCustomer: true, protected: true }),
        configure('CUSTOMERS', { requiresCustomer: true }),
        receive('GUARDED', 30),
      ]),
      transaction('client', [
        reserve('h-client', 'GUARDED', 2, {
          customer: ANNA,
          owner: 'detached:e',
          ttlMs: LONG_MS,
          client: CLIENT,
          caps: { unitsMax: 5, clientPercent: 50, admitted: true },
          ageMs: 7,
        }),
      ]),
      transaction('event', [put('event:1', 'absent', { body: '{"at":1}', list: 'events', dueInMs: LONG_MS })]),
    ],
  },
  {
    at: START + DAY_MS + 600,
    transactions: [
      transaction('requested', [reserve('h-requested', 'PLAIN', 1), put('cursor:kept', 'present', { body: '{}' })], {
        cause: { by: 'session-of-anna', requestId: REQUEST_ID },
      }),
      transaction('traced', [adjust('PLAIN', 1), put(TRACED_ORDER, 'absent', TRACED)], {
        cause: { by: 'operator', reason: 'found', orderId: 'ord_traced', requestId: REQUEST_ID, traceparent: TRACE },
      }),
      transaction('in-process', [release('h-requested')], { cause: { by: 'operator', traceparent: TRACE } }),
    ],
  },
  {
    at: START + DAY_MS + 700,
    transactions: [
      transaction('committing', committed('h-dispatch', DISPATCHED), { cause: of('ord_dispatched') }),
      transaction('dispatching', [fulfil('h-dispatch', 2), put(DISPATCHED, 'present', dispatched(2))], {
        cause: { ...of('ord_dispatched'), reference: 'parcel 1' },
      }),
      transaction('committing-all', committed('h-fulfilled', FULFILLED), { cause: of('ord_fulfilled') }),
      transaction('fulfilling', [fulfil('h-fulfilled', 5), put(FULFILLED, 'present', dispatched(5))], {
        cause: of('ord_fulfilled'),
      }),
      transaction('changing', [
        reserve('h-changed', 'BIG', 3, { owner: 'detached:g' }),
        commit('h-changed'),
        resizeTo('h-changed', 2),
        release('h-changed', { committed: true }),
      ]),
    ],
  },
  {
    at: START + DAY_MS + 800,
    transactions: [
      transaction('reserving', reserved(RESERVED, 'h-reserved')),
      transaction('reserving-more', reserved(ENDED, 'h-ended')),
      transaction('ending', [commit('h-ended'), fulfil('h-ended', 2), ...ended(ENDED)]),
    ],
  },
  {
    at: START + DAY_MS + 900,
    transactions: [
      transaction('locating', [
        put(LOCATIONS_KEY, 'absent', { body: JSON.stringify([{ id: 'berlin', priority: 10, active: true }]) }),
        configure(IN_BERLIN, { title: 'Big' }),
      ]),
      transaction('moving', [...transferred('trf_open', 'in_transit', 4), adjust('BIG', -4)]),
      transaction('moved', [...transferred('trf_ended', 'received', 3), adjust('BIG', -3), adjust(IN_BERLIN, 3)]),
      transaction('there', [reserve('h-berlin', IN_BERLIN, 1, { owner: 'detached:berlin', ttlMs: LONG_MS })]),
    ],
  },
  {
    at: START + DAY_MS + 1_000,
    transactions: [
      transaction('backorders', [
        configure('AWAITED', { backorderLimit: 9, shipsAt: START + 2 * DAY_MS }),
        receive('AWAITED', 2),
        reserve('h-awaited', 'AWAITED', 5, { ...forAnna, owner: 'detached:h' }),
      ]),
      transaction('filled', [receive('AWAITED', 1), fill('h-awaited', 1, 3)]),
      transaction('awaited-by-client', [
        reserve('h-awaited-too', 'AWAITED', 1, { ...forAnna, owner: 'detached:i', client: CLIENT }),
        commit('h-awaited-too'),
      ]),
      transaction('kits', [
        configure('PART', { inKits: true }),
        receive('PART', 9),
        configure('SET', { title: 'Set', components: componentsText([{ sku: 'PART', quantity: 2 }]) }),
      ]),
      transaction('kit-held', [reserve('h-kit', 'SET', 1, { ...forAnna, owner: 'detached:j' })]),
      transaction('kit-returned', [
        reserve('h-kit-sold', 'SET', 2, { ...forAnna, owner: 'detached:k' }),
        consume('h-kit-sold'),
        giveBack('SET', 1),
      ]),
    ],
  },
  {
    at: END,
    transactions: [
      transaction('settings', [configure('PLAIN', { title: 'Plain', limitPerCustomer: 20 })], { retention: 'long' }),
    ],
  },
];

/** The ids of everything that can be read from a shop of format 3. */
const EVERYTHING = {
  skus: ['PLAIN', FULL, 'BIG'],
  holds: ['h-cart', 'h-line', 'h-big', 'h-overdue', 'h-freed', 'h-sold', 'h-day', ...ORDERS.map((id) => `h-${id}`)],
  documents: [CART, OTHER_CART, ENDPOINTS_KEY, queueKey('whk_1', 'money'), 'cursor:kept', ...ORDERS.map(orderKey)],
  requests: ['settings', 'full', 'long', 'next-day', 'dropped', 'cart'],
};

/** Ids that later formats have in addition. */
const ADDED: Record<number, Partial<typeof EVERYTHING>> = {
  4: { skus: ['GUARDED', 'CUSTOMERS'], holds: ['h-client'], documents: ['event:1'] },
  5: { holds: ['h-requested'], documents: [TRACED_ORDER], requests: ['traced'] },
  6: {
    holds: ['h-dispatch', 'h-fulfilled', 'h-changed'],
    documents: [DISPATCHED, FULFILLED],
    requests: ['committing'],
  },
  7: {
    skus: [IN_BERLIN],
    holds: ['h-reserved', 'h-ended', 'h-berlin'],
    documents: [RESERVED, ENDED, reservedAsKey(RESERVED), LOCATIONS_KEY, MOVING, MOVED],
    requests: ['reserving', 'moving'],
  },
  8: { skus: ['AWAITED'], holds: ['h-awaited', 'h-awaited-too'], requests: ['filled'] },
  9: { skus: ['PART', 'SET'], holds: ['h-kit', 'h-kit/0', 'h-kit-sold', 'h-kit-sold/0'], requests: ['kit-held'] },
};

function everythingOf(format: number): typeof EVERYTHING {
  const { skus, holds, documents, requests } = EVERYTHING;
  const all = { skus: [...skus], holds: [...holds], documents: [...documents], requests: [...requests] };
  for (const [since, added] of Object.entries(ADDED)) {
    if (Number(since) > format) continue;
    for (const [kind, names] of Object.entries(added)) all[kind as keyof typeof all].push(...names);
  }
  return all;
}

/** The first format that has a list, for lists that format 3 does not have. */
const LATER_LISTS: Partial<Record<DocumentList, number>> = {
  events: 4,
  partially_fulfilled: 6,
  fulfilled: 6,
  reservations: 7,
  reservations_ended: 7,
  transfers: 7,
  transfers_ended: 7,
};
export const listsOf = (format: number): DocumentList[] =>
  DOCUMENT_LISTS.filter((list) => (LATER_LISTS[list] ?? 0) <= format);

/** Creates the shop. Throws if a command has another answer than it had when it was added. */
export async function makeGoldenShop(store: Store, clock: GoldenClock): Promise<void> {
  for (const { at, transactions } of BATCHES) {
    Object.assign(clock, at === END ? clockAtEnd() : { now: at });
    if (transactions === 'reclaim') await store.reclaim({ limit: 10 });
    else await applyAll(store, transactions);
  }
}

async function applyAll(store: Store, transactions: readonly Transaction[]): Promise<void> {
  const { answers } = await store.apply(transactions);
  for (const [index, { id }] of transactions.entries()) {
    if (answers[index]?.status === (id === 'refused' ? 'refused' : 'applied')) continue;
    throw new Error(`the transaction ${id} got ${JSON.stringify(answers[index])}`);
  }
}

/** Returns the records that the shop of a format has, and the keys of the documents in each list. */
export async function recordsOf(store: Store, format = RECORD_FORMAT) {
  const [snapshot] = await store.read([everythingOf(format)]);
  const lists = listsOf(format).map(async (list) => {
    const documents = await store.listDocuments({ list, limit: 10 });
    return [list, ...documents.map(({ key }) => key)];
  });
  return { ...snapshot, lists: await Promise.all(lists), ledger: await store.feed({ after: null, limit: 1_000 }) };
}

/** Returns what the services read in the bodies of documents. */
export async function viewsOf({ orders, carts, webhooks }: Holdfast) {
  const caller = { kind: 'session', principal: 'session-of-anna', cartId: 'crt_1', customer: 'anna' } as const;
  return [
    yes(await carts.get({}, { caller })),
    ...(await Promise.all(ORDERS.map(async (orderId) => yes(await orders.get({ orderId }, OPERATOR))))),
    yes(await webhooks.list({})),
  ];
}
