/** The REST resource of a procedure. `{name}` in a path is the input's field of that name. */
export interface RestPath {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below `REST_PREFIX`. A slash at the end makes no difference. */
  path: `/${string}`;
}

export const REST_PREFIX = '/api/v1';

const rest = (method: RestPath['method'], path: RestPath['path']): RestPath => ({ method, path });

/** Every query and mutation of the router by its name. A test finds missing ones. */
export const REST_PATHS: Readonly<Record<string, RestPath>> = {
  'session.create': rest('POST', '/sessions'),
  'session.revoke': rest('POST', '/sessions/revoke'),
  'sessions.block': rest('POST', '/sessions/block'),
  'sessions.unblock': rest('POST', '/sessions/unblock'),
  'sessions.blocks': rest('GET', '/sessions/blocks'),
  'stock.list': rest('GET', '/stock'),
  'stock.level': rest('GET', '/stock/{sku}'),
  'stock.define': rest('PUT', '/stock/{sku}'),
  'stock.receive': rest('POST', '/stock/{sku}/receive'),
  'stock.adjust': rest('POST', '/stock/{sku}/adjust'),
  'stock.count': rest('POST', '/stock/{sku}/count'),
  'stock.archive': rest('POST', '/stock/{sku}/archive'),
  'stock.writeOff': rest('POST', '/stock/{sku}/write-off'),
  'stock.history': rest('GET', '/stock/{sku}/history'),
  'stock.importStatus': rest('GET', '/stock/import/status'),
  'stock.availability': rest('GET', '/availability'),
  'holds.list': rest('GET', '/holds'),
  'holds.release': rest('POST', '/holds/{holdId}/release'),
  'holds.releaseWhere': rest('POST', '/holds/release'),
  'holds.top': rest('GET', '/holds/top'),
  'cart.get': rest('GET', '/cart'),
  'cart.clear': rest('DELETE', '/cart'),
  'cart.add': rest('POST', '/cart/lines'),
  'cart.setQuantity': rest('PUT', '/cart/lines/{sku}'),
  'cart.remove': rest('DELETE', '/cart/lines/{sku}'),
  'cart.extend': rest('POST', '/cart/extend'),
  'cart.merge': rest('POST', '/cart/merge'),
  'checkout.place': rest('POST', '/orders/checkout/'),
  'checkout.begin': rest('POST', '/orders/begin'),
  'checkout.attachPayment': rest('POST', '/orders/{orderId}/attach-payment'),
  'checkout.confirm': rest('POST', '/orders/{orderId}/confirm'),
  'checkout.cancel': rest('POST', '/orders/{orderId}/cancel'),
  'orders.return': rest('POST', '/orders/{orderId}/return'),
  'orders.fulfil': rest('POST', '/orders/{orderId}/fulfil'),
  'orders.cancelLine': rest('POST', '/orders/{orderId}/cancel-line'),
  'orders.setLineQuantity': rest('POST', '/orders/{orderId}/set-line-quantity'),
  'orders.list': rest('GET', '/orders'),
  'orders.mine': rest('GET', '/orders/mine'),
  'orders.get': rest('GET', '/orders/{orderId}'),
  'orders.purge': rest('POST', '/orders/purge'),
  'orders.redact': rest('POST', '/orders/redact'),
  'customers.export': rest('GET', '/customers/{customerId}/export'),
  'admin.audit': rest('GET', '/admin/audit'),
  'admin.events': rest('GET', '/admin/events'),
  'admin.clock': rest('GET', '/admin/clock'),
  'admin.acceptClock': rest('POST', '/admin/clock/accept'),
  'admin.repairIndexes': rest('POST', '/admin/repair-indexes'),
  'admin.recover': rest('POST', '/admin/recover'),
  'webhooks.list': rest('GET', '/webhooks'),
  'webhooks.create': rest('POST', '/webhooks'),
  'webhooks.update': rest('PUT', '/webhooks/{endpointId}'),
  'webhooks.delete': rest('DELETE', '/webhooks/{endpointId}'),
  'webhooks.rotateSecret': rest('POST', '/webhooks/{endpointId}/rotate-secret'),
  'webhooks.deadLetters': rest('GET', '/webhooks/{endpointId}/dead-letters'),
  'webhooks.replay': rest('POST', '/webhooks/{endpointId}/replay'),
  'keys.list': rest('GET', '/keys'),
  'keys.create': rest('POST', '/keys'),
  'keys.revoke': rest('POST', '/keys/{keyId}/revoke'),
  'keys.whoami': rest('GET', '/keys/whoami'),
};
