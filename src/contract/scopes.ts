import type { ProcedureName } from './inputs.ts';
import type { Scope } from './scope-names.ts';

/**
 * Who may call a procedure. `anyone` needs no credentials, `session` is a shopper, `owner` is a shopper for their own
 * orders or a key, and `key` is a key. `scope` is what a key needs; null: any key.
 */
export type Access =
  | { who: 'anyone' | 'session'; scope?: Scope; only?: string }
  | { who: 'owner'; scope: Scope }
  | { who: 'key'; scope: Scope | null };

/** Streams that have a route and not a procedure. */
export const STREAM_NAMES = ['stock.import', 'stock.export', 'admin.backup'] as const;
export type StreamName = (typeof STREAM_NAMES)[number];

const anyone: Access = { who: 'anyone' };
const session: Access = { who: 'session' };
const key = (scope: Scope | null): Access => ({ who: 'key', scope });
const owner = (scope: Scope): Access => ({ who: 'owner', scope });

/**
 * Who may call each procedure and stream. The guards read this table, and docs/keys.md shows it. For `anyone` and
 * `session`, `scope` is what the part of the call in `only` needs in addition.
 */
export const ACCESS: Readonly<Record<ProcedureName | StreamName, Access>> = {
  'session.create': { who: 'anyone', scope: 'sessions:issue', only: 'with `customerId`' },
  'session.revoke': key('sessions:issue'),
  'sessions.block': key('sessions:issue'),
  'sessions.unblock': key('sessions:issue'),

  'stock.define': key('stock:write'),
  'stock.receive': key('stock:write'),
  'stock.adjust': key('stock:write'),
  'stock.count': key('stock:write'),
  'stock.archive': key('stock:write'),
  'stock.import': key('stock:write'),
  'stock.importStatus': key('stock:read'),
  'stock.export': key('stock:read'),
  'stock.level': key('stock:read'),
  'stock.list': key('stock:read'),
  'stock.history': key('stock:read'),
  'stock.availability': anyone,
  'stock.watch': anyone,

  'holds.list': key('holds:read'),
  'holds.release': key('holds:release'),
  'holds.releaseWhere': key('holds:release'),
  'holds.top': key('holds:read'),

  'cart.get': session,
  'cart.add': session,
  'cart.setQuantity': session,
  'cart.remove': session,
  'cart.clear': session,
  'cart.extend': session,
  'cart.merge': session,

  'checkout.place': { who: 'session', scope: 'orders:write', only: 'with `CHECKOUT_PLACE=operator`' },
  'checkout.begin': { who: 'session', scope: 'orders:write', only: 'for a longer `paymentWindowMs`' },
  'checkout.attachPayment': owner('orders:write'),
  'checkout.confirm': key('payments:confirm'),
  'checkout.cancel': owner('orders:write'),

  'orders.get': owner('orders:read'),
  'orders.list': key('orders:read'),
  'orders.mine': session,
  'orders.return': key('orders:write'),
  'orders.purge': key('orders:write'),
  'orders.redact': key('orders:write'),
  'customers.export': key('orders:read:contact'),

  'admin.audit': key('audit:read'),
  'admin.events': key('audit:read'),
  'admin.clock': key('admin:manage'),
  'admin.acceptClock': key('admin:manage'),
  'admin.repairIndexes': key('admin:manage'),
  'admin.recover': key('admin:manage'),
  'admin.backup': key('backup:read'),

  'webhooks.create': key('webhooks:manage'),
  'webhooks.list': key('webhooks:manage'),
  'webhooks.update': key('webhooks:manage'),
  'webhooks.rotateSecret': key('webhooks:manage'),
  'webhooks.delete': key('webhooks:manage'),
  'webhooks.deadLetters': key('webhooks:manage'),
  'webhooks.replay': key('webhooks:manage'),

  'keys.create': key('keys:manage'),
  'keys.list': key('keys:manage'),
  'keys.revoke': key('keys:manage'),
  'keys.whoami': key(null),
};

/** Returns the scope that a key needs for a procedure; null if any key, or no key, may call it. */
export const scopeOf = (path: string): Scope | null =>
  (ACCESS as Record<string, Access | undefined>)[path]?.scope ?? null;
