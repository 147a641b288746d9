import type { ProcedureName } from '../inputs/inputs.ts';
import type { Scope } from '../scope-names.ts';

/**
 * Who may call a procedure. `anyone` needs no credentials, `session` is a shopper, `owner` is a shopper for their own
 * orders or a key, and `key` is a key. `scope` is the scope that a key needs; null: every valid key may call.
 */
export type Access =
  | { who: 'anyone' | 'session'; scope?: Scope; only?: string }
  | { who: 'owner'; scope: Scope }
  | { who: 'key'; scope: Scope | null }
  | { who: 'root'; scope?: undefined };

/** Streams that have a route and not a procedure. */
export const STREAM_NAMES = ['stock.import', 'stock.export', 'ledger.read', 'admin.backup'] as const;
export type StreamName = (typeof STREAM_NAMES)[number];

const forAnyone: Access = { who: 'anyone' };
const forRoot: Access = { who: 'root' };
const forSession: Access = { who: 'session' };
const forKey = (scope: Scope | null): Access => ({ who: 'key', scope });
const forOwner = (scope: Scope): Access => ({ who: 'owner', scope });

/**
 * Who may call each procedure and stream. The guards read this table, and docs/keys.md shows it. For `anyone` and
 * `session`, `scope` is needed only for the part of the call that `only` describes.
 */
export const ACCESS: Readonly<Record<ProcedureName | StreamName, Access>> = {
  'session.create': { who: 'anyone', scope: 'sessions:issue', only: 'with `customerId`' },
  'session.revoke': forKey('sessions:issue'),
  'sessions.block': forKey('sessions:issue'),
  'sessions.unblock': forKey('sessions:issue'),
  'sessions.blocks': forKey('sessions:issue'),

  'stock.define': forKey('stock:write'),
  'stock.receive': forKey('stock:write'),
  'stock.adjust': forKey('stock:write'),
  'stock.count': forKey('stock:write'),
  'stock.archive': forKey('stock:write'),
  'stock.writeOff': forKey('stock:write'),
  'stock.import': forKey('stock:write'),
  'stock.importStatus': forKey('stock:read'),
  'stock.export': forKey('stock:read'),
  'stock.level': forKey('stock:read'),
  'stock.list': forKey('stock:read'),
  'stock.history': forKey('stock:read'),
  'stock.availability': forAnyone,
  'stock.watch': forAnyone,

  'locations.define': forKey('stock:write'),
  'locations.list': forKey('stock:read'),
  'transfers.create': forKey('stock:write'),
  'transfers.dispatch': forKey('stock:write'),
  'transfers.receive': forKey('stock:write'),
  'transfers.cancel': forKey('stock:write'),
  'transfers.get': forKey('stock:read'),
  'transfers.list': forKey('stock:read'),

  'holds.list': forKey('holds:read'),
  'holds.release': forKey('holds:release'),
  'holds.releaseWhere': forKey('holds:release'),
  'holds.top': forKey('holds:read'),

  'cart.get': forSession,
  'cart.add': forSession,
  'cart.setQuantity': forSession,
  'cart.remove': forSession,
  'cart.clear': forSession,
  'cart.extend': forSession,
  'cart.merge': forSession,

  'checkout.place': { who: 'session', scope: 'orders:write', only: 'with `CHECKOUT_PLACE=operator`' },
  'checkout.begin': { who: 'session', scope: 'orders:write', only: 'for a longer `paymentWindowMs`' },
  'checkout.attachPayment': forOwner('orders:write'),
  'checkout.confirm': forKey('payments:confirm'),
  'checkout.cancel': forOwner('orders:write'),

  'orders.get': forOwner('orders:read'),
  'orders.list': forKey('orders:read'),
  'orders.mine': forSession,
  'orders.return': forKey('orders:write'),
  'orders.fulfil': forKey('orders:write'),
  'orders.cancelLine': forKey('orders:write'),
  'orders.setLineQuantity': forKey('orders:write'),
  'orders.purge': forKey('orders:write'),
  'orders.redact': forKey('orders:write'),
  'customers.export': forKey('orders:read:contact'),

  'reservations.create': forKey('reservations:write'),
  'reservations.get': forKey('reservations:read'),
  'reservations.list': forKey('reservations:read'),
  'reservations.extend': forKey('reservations:write'),
  'reservations.resize': forKey('reservations:write'),
  'reservations.commit': forKey('reservations:write'),
  'reservations.fulfil': forKey('reservations:write'),
  'reservations.release': forKey('reservations:write'),
  'reservations.transfer': forKey('reservations:write'),

  'ledger.read': forKey('ledger:read'),
  'ledger.removeFollower': forKey('admin:manage'),
  'admin.audit': forKey('audit:read'),
  'admin.events': forKey('audit:read'),
  'admin.status': forKey('metrics:read'),
  'admin.clock': forKey('admin:manage'),
  'admin.acceptClock': forKey('admin:manage'),
  'admin.repairIndexes': forKey('admin:manage'),
  'admin.loss': forKey('admin:manage'),
  'admin.recover': forKey('admin:manage'),
  'admin.backup': forKey('backup:read'),

  'webhooks.create': forKey('webhooks:manage'),
  'webhooks.list': forKey('webhooks:manage'),
  'webhooks.update': forKey('webhooks:manage'),
  'webhooks.rotateSecret': forKey('webhooks:manage'),
  'webhooks.delete': forKey('webhooks:manage'),
  'webhooks.waiting': forKey('webhooks:manage'),
  'webhooks.deliveries': forKey('webhooks:manage'),
  'webhooks.deadLetters': forKey('webhooks:manage'),
  'webhooks.replay': forKey('webhooks:manage'),

  'keys.create': forKey('keys:manage'),
  'keys.list': forKey('keys:manage'),
  'keys.revoke': forKey('keys:manage'),
  'keys.whoami': forKey(null),

  'shops.create': forRoot,
  'shops.suspend': forRoot,
  'shops.resume': forRoot,
  'shops.list': forRoot,
};

/** Returns the scope that a key needs for a procedure; null if any key, or no key, may call it. */
export const scopeOf = (path: string): Scope | null =>
  (ACCESS as Record<string, Access | undefined>)[path]?.scope ?? null;
