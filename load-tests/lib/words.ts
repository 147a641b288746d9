// What both sides, k6 and the runner, must agree on. Nothing here needs either.
import type { OrderStatus } from '../../src/contract/output-fields.ts';
import type { Path } from '../../src/contract/outputs.ts';

export interface Good {
  sku: string;
  units: number;
}

/** What the runner passes to a script, in the file that `LOAD_PLAN` names. */
export interface Plan {
  url: string;
  operatorKey: string;
  tillUrl: string;
  /** Begins the name of every SKU of this run. */
  run: string;
  options: Record<string, number>;
  goods: Good[];
  /** Whether no unit comes back during the run, so that a refusal for stock is final. */
  stockOnlyFalls: boolean;
  summaryFile: string;
}

/** An order that a script reports to the till. */
export interface Receipt {
  orderId: string;
  /** The checkout that was answered with it: a session and its idempotency key. Empty where a payment was answered. */
  checkout: string;
  /** Whether the answer said that it is sold, and not only begun. */
  isSold: boolean;
  lines: { sku: string; quantity: number }[];
}

/** What the till answers to a receipt. */
export interface TillAnswer {
  /** False where this order was reported before. */
  isNew: boolean;
  /** Units of this order that are beyond the stock. */
  oversold: number;
  /** Whether another checkout was answered with this order, or this checkout with another order. */
  isShared: boolean;
}

export interface Gauges {
  rssBytes: number;
  /** Of that, without the pages of files that are mapped, such as the embedded store's; null where it is not known. */
  ownBytes: number | null;
  /** Of the JavaScript heap, in use. */
  heapBytes: number;
  requestsInFlight: number;
  /** Transactions that wait to be sent to the store. */
  waiting: number;
  /** Transactions that a full queue refused, since the start. */
  overloaded: number;
}

/** What a script, or the runner's part of a scenario, reports beside orders, by kind. Times are epoch milliseconds. */
export interface Facts {
  /** A lone call that asked whether the shop takes changes. */
  probe: { sentAt: number; answeredAt: number; ok: boolean; reason: string };
  /** A cart line that the shop acknowledged, and that its shopper then left alone. */
  line: { sessionId: string; sku: string; quantity: number; holdId: string; expiresAt: number };
  /** A cart that was left with something in it. */
  abandoned: { sessionId: string };
  /** What the server said of itself, so many milliseconds after `begun`. */
  sample: Gauges & { at: number };
  /** k6 is ready, and the first phase begins. */
  begun: { at: number };
  /** A shopper was refused these units for want of stock. */
  refused: { sku: string; quantity: number };
  /** That an order has come to an end, as an answer said. */
  ending: { orderId: string; status: OrderStatus };
  /** A part of the shop was killed; `backAt` is the first answer of a change that was asked for since. */
  outage: { of: string; killedAt: number; backAt: number };
}

export type FactKind = keyof Facts;

export const skuOf = (run: string, name: string): string => `${run}-${name}`;

/** k6 takes no dots in the name of a metric. */
export const metricOf = (path: string): string => path.replace('.', '_');

/** Every procedure but `stock.watch`, which does not end. Queries are sent with GET, everything else with POST. */
export const PROCEDURES = {
  'session.create': 'mutation',
  'stock.define': 'mutation',
  'stock.receive': 'mutation',
  'stock.adjust': 'mutation',
  'stock.count': 'mutation',
  'stock.archive': 'mutation',
  'stock.level': 'query',
  'stock.list': 'query',
  'stock.history': 'query',
  'stock.importStatus': 'query',
  'stock.availability': 'query',
  'holds.list': 'query',
  'holds.release': 'mutation',
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
  'admin.audit': 'query',
  'admin.clock': 'query',
  'admin.acceptClock': 'mutation',
  'admin.repairIndexes': 'mutation',
  'admin.recover': 'mutation',
  'webhooks.create': 'mutation',
  'webhooks.list': 'query',
  'webhooks.update': 'mutation',
  'webhooks.rotateSecret': 'mutation',
  'webhooks.delete': 'mutation',
  'webhooks.deadLetters': 'query',
  'webhooks.replay': 'mutation',
} as const satisfies Record<Path, 'query' | 'mutation'>;

/**
 * What a call costs that does nothing, measured beside the calls of the scenario: `noop` is the server's own
 * `/health/live`, `machine` is the same request to the runner, which has nothing else to do.
 */
export const YARDSTICKS = ['noop', 'machine'] as const;
export type Yardstick = (typeof YARDSTICKS)[number];

/** Each has a Trend of its own. */
export const PATHS = Object.keys(PROCEDURES) as Path[];

export const isQuery = (path: Path): boolean => PROCEDURES[path] === 'query';

export const REASONS = [
  'invalid_input',
  'session_required',
  'not_authorized',
  'unknown_sku',
  'unknown_order',
  'unknown_endpoint',
  'unknown_hold',
  'not_found',
  'method_not_allowed',
  'insufficient_stock',
  'limit_exceeded',
  'cart_full',
  'quantity_limit',
  'cart_changed',
  'return_exceeds_sold',
  'stock_overflow',
  'below_reserved',
  'count_mismatch',
  'recovery_mismatch',
  'hold_not_active',
  'order_state',
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
] as const;

export type Reason = (typeof REASONS)[number];
