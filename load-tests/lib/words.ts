// Definitions that k6 and the runner share. They depend on neither.
import type { OrderStatus } from '../../src/contract/output-fields.ts';
import type { Path } from '../../src/contract/outputs/outputs.ts';
import type { Reason } from '../../src/contract/calls/wire-refusals.ts';

export interface Good {
  sku: string;
  units: number;
}

/** The runner's parameters of a script, in the file that `LOAD_PLAN` names. */
export interface Plan {
  url: string;
  operatorKey: string;
  oracleUrl: string;
  /** The prefix of every SKU of this run. */
  run: string;
  options: Record<string, number>;
  goods: Good[];
  /** Whether no unit comes back during the run, so that a refusal for stock is final. */
  stockOnlyFalls: boolean;
  summaryFile: string;
}

/** An order that a script reports to the order oracle. */
export interface Receipt {
  orderId: string;
  /** The checkout that received the order: a session and its idempotency key. Empty for a payment. */
  checkout: string;
  /** Whether the order is sold in the answer, not only begun. */
  isSold: boolean;
  lines: { sku: string; quantity: number }[];
}

/** The answer of the order oracle to a receipt. */
export interface OracleAnswer {
  /** False if this order was reported before. */
  isNew: boolean;
  /** Units of this order that are beyond the stock. */
  oversold: number;
  /** Whether another checkout received this order, or this checkout received another order. */
  isShared: boolean;
}

export interface Gauges {
  rssBytes: number;
  /** The part of `rssBytes` without mapped files, such as the embedded store's; null if unknown. */
  ownBytes: number | null;
  /** The used bytes of the JavaScript heap. */
  heapBytes: number;
  requestsInFlight: number;
  /** Transactions that wait to be sent to the store. */
  waiting: number;
  /** Transactions that a full queue has refused since the start. */
  overloaded: number;
  /** The average load of the machine in the last minute. */
  machineLoad: number;
  /** The memory that Redis uses, or the size of the embedded store's files; null if unknown. */
  storeBytes: number | null;
  /** All fields and members of the keys in Redis; null if unknown. */
  records: number | null;
  /** The holds among them that have not ended, also those of sold units until their dispatch. */
  liveHolds: number | null;
}

/** Reports of a script or of the runner's part of a scenario, by kind. Times are epoch milliseconds. */
export interface Events {
  /** A single call that checks whether the shop accepts changes. */
  probe: { sentAt: number; answeredAt: number; ok: boolean; reason: string };
  /** An acknowledged cart line that its shopper does not change afterwards. */
  line: { sessionId: string; sku: string; quantity: number; holdId: string; expiresAt: number };
  /** A cart that its shopper abandoned with lines in it. */
  abandoned: { sessionId: string };
  /** The gauges of the server, `at` milliseconds after `begun`. */
  sample: Gauges & { at: number };
  /** k6 is ready and the first phase begins. */
  begun: { at: number };
  /** A shopper was refused these units because of insufficient stock. */
  refused: { sku: string; quantity: number };
  /** The final status of an order in an answer. */
  ending: { orderId: string; status: OrderStatus };
  /** Units of an order that have left the stock, by the answers. */
  dispatched: { orderId: string; sku: string; units: number };
  /** The size of the store before the attack. */
  size: { bytes: number };
  /** A part of the shop was killed. `backAt` is the first answer to a later change. */
  outage: { of: string; killedAt: number; backAt: number };
}

export type EventKind = keyof Events;

export const skuOf = (run: string, name: string): string => `${run}-${name}`;

/** k6 does not accept dots in the name of a metric. */
export const metricOf = (path: string): string => path.replace('.', '_');

/** Every procedure but `stock.watch`, which does not end. Queries are sent with GET, everything else with POST. */
export const PROCEDURES = {
  'session.create': 'mutation',
  'session.revoke': 'mutation',
  'sessions.block': 'mutation',
  'sessions.unblock': 'mutation',
  'sessions.blocks': 'query',
  'stock.define': 'mutation',
  'stock.receive': 'mutation',
  'stock.adjust': 'mutation',
  'stock.count': 'mutation',
  'stock.archive': 'mutation',
  'stock.writeOff': 'mutation',
  'stock.level': 'query',
  'stock.list': 'query',
  'stock.history': 'query',
  'stock.importStatus': 'query',
  'stock.availability': 'query',
  'locations.define': 'mutation',
  'locations.list': 'query',
  'transfers.create': 'mutation',
  'transfers.dispatch': 'mutation',
  'transfers.receive': 'mutation',
  'transfers.cancel': 'mutation',
  'transfers.get': 'query',
  'transfers.list': 'query',
  'holds.list': 'query',
  'holds.release': 'mutation',
  'holds.releaseWhere': 'mutation',
  'holds.top': 'query',
  'cart.get': 'query',
  'cart.add': 'mutation',
  'cart.setQuantity': 'mutation',
  'cart.remove': 'mutation',
  'cart.clear': 'mutation',
  'cart.extend': 'mutation',
  'cart.merge': 'mutation',
  'checkout.place': 'mutation',
  'checkout.begin': 'mutation',
  'checkout.confirm': 'mutation',
  'checkout.attachPayment': 'mutation',
  'checkout.cancel': 'mutation',
  'orders.get': 'query',
  'orders.list': 'query',
  'orders.mine': 'query',
  'orders.return': 'mutation',
  'orders.fulfil': 'mutation',
  'orders.cancelLine': 'mutation',
  'orders.setLineQuantity': 'mutation',
  'orders.purge': 'mutation',
  'orders.redact': 'mutation',
  'reservations.create': 'mutation',
  'reservations.get': 'query',
  'reservations.list': 'query',
  'reservations.extend': 'mutation',
  'reservations.resize': 'mutation',
  'reservations.commit': 'mutation',
  'reservations.fulfil': 'mutation',
  'reservations.release': 'mutation',
  'reservations.transfer': 'mutation',
  'customers.export': 'query',
  'admin.audit': 'query',
  'admin.events': 'query',
  'admin.status': 'query',
  'admin.clock': 'query',
  'admin.acceptClock': 'mutation',
  'admin.repairIndexes': 'mutation',
  'admin.loss': 'query',
  'admin.recover': 'mutation',
  'ledger.removeFollower': 'mutation',
  'webhooks.create': 'mutation',
  'webhooks.list': 'query',
  'webhooks.update': 'mutation',
  'webhooks.rotateSecret': 'mutation',
  'webhooks.delete': 'mutation',
  'webhooks.waiting': 'query',
  'webhooks.deliveries': 'query',
  'webhooks.deadLetters': 'query',
  'webhooks.replay': 'mutation',
  'keys.create': 'mutation',
  'keys.list': 'query',
  'keys.revoke': 'mutation',
  'keys.whoami': 'query',
  'shops.create': 'mutation',
  'shops.suspend': 'mutation',
  'shops.resume': 'mutation',
  'shops.list': 'query',
} as const satisfies Record<Path, 'query' | 'mutation'>;

/**
 * Calls without work that are measured beside the calls of the scenario: `noop` is the server's `/health/live`;
 * `machine` is the same request to the runner, which is idle.
 */
export const YARDSTICKS = ['noop', 'machine'] as const;
export type Yardstick = (typeof YARDSTICKS)[number];

/** The second to the ninth tenth of a soak. The others are its phases `first` and `last`. */
export const TENTHS_BETWEEN = [2, 3, 4, 5, 6, 7, 8, 9].map((number) => `tenth-${number}`);

/** Each procedure has its own Trend. */
export const PATHS = Object.keys(PROCEDURES) as Path[];

export const isQuery = (path: Path): boolean => PROCEDURES[path] === 'query';

export const REASONS = [
  'invalid_input',
  'session_required',
  'not_authorized',
  'customer_required',
  'admission_required',
  'shop_suspended',
  'unknown_sku',
  'unknown_location',
  'unknown_transfer',
  'unknown_order',
  'unknown_reservation',
  'unknown_endpoint',
  'unknown_key',
  'unknown_shop',
  'unknown_hold',
  'not_found',
  'method_not_allowed',
  'insufficient_stock',
  'limit_exceeded',
  'hold_cap',
  'cart_full',
  'quantity_limit',
  'cart_changed',
  'return_exceeds_sold',
  'exceeds_unfulfilled',
  'stock_overflow',
  'kit_stock',
  'kit_in_use',
  'below_reserved',
  'count_mismatch',
  'recovery_mismatch',
  'shops_fixed',
  'hold_not_active',
  'order_state',
  'reservation_state',
  'transfer_state',
  'exceeds_in_transit',
  'conflict',
  'hold_expired',
  'cart_empty',
  'payment_too_late',
  'payload_too_large',
  'unsupported_media_type',
  'idempotency_mismatch',
  'overloaded',
  'rate_limited',
  'store_unavailable',
  'store_regressed',
  'outcome_unknown',
  'internal',
] as const satisfies readonly Reason[];
