import type {
  CartService,
  CheckoutService,
  HoldService,
  Holdfast,
  InventoryService,
  LedgerService,
  LocationService,
  OrderService,
  ReservationService,
  SessionService,
  ShopRegistry,
  StockService,
  TransferService,
} from '../../shop/holdfast.ts';
import type { KeyService } from '../../shop/key/key-api.ts';
import type { WebhookService } from '../../shop/webhook/webhook-api.ts';
import { checkedBulk } from './checked-bulk.ts';
import { callRefusal, checked, mutation, ownQuery, query } from './checked-calls.ts';
import { LIBRARY_INPUTS } from '../../contract/inputs/library-inputs.ts';
import { INPUTS } from '../../contract/inputs/inputs.ts';
import { ledgerOptions } from './ledger-query.ts';

/**
 * Returns the services with checked inputs: they return `invalid_input` for each input that the wire refuses. Inputs
 * that do not exist on the wire have schemas of their own.
 */
export function checkedHoldfast(holdfast: Holdfast): Holdfast {
  return {
    ...holdfast,
    sessions: checkedSessions(holdfast.sessions),
    stock: checkedStock(holdfast.stock),
    locations: checkedLocations(holdfast.locations),
    transfers: checkedTransfers(holdfast.transfers),
    holds: checkedHolds(holdfast.holds),
    carts: checkedCarts(holdfast.carts),
    checkout: checkedCheckout(holdfast.checkout),
    orders: checkedOrders(holdfast.orders),
    reservations: checkedReservations(holdfast.reservations),
    customers: { export: query(INPUTS['customers.export'], holdfast.customers.export) },
    inventory: checkedInventory(holdfast.inventory),
    bulk: checkedBulk(holdfast.bulk),
    webhooks: checkedWebhooks(holdfast.webhooks),
    keys: checkedKeys(holdfast.keys),
    shops: checkedShops(holdfast.shops),
    events: { ...holdfast.events, list: query(INPUTS['admin.events'], holdfast.events.list) },
    ledger: checkedLedger(holdfast.ledger),
    recover: query(INPUTS['admin.recover'], holdfast.recover),
    repairIndexes: async (call) => callRefusal(call) ?? holdfast.repairIndexes(call),
  };
}

const checkedSessions = (sessions: SessionService): SessionService => ({
  ...sessions,
  revoke: mutation(LIBRARY_INPUTS['sessions.revoke'], sessions.revoke),
  block: mutation(INPUTS['sessions.block'], sessions.block),
  unblock: mutation(INPUTS['sessions.unblock'], sessions.unblock),
  blocks: query(INPUTS['sessions.blocks'], sessions.blocks),
});

const checkedStock = (stock: StockService): StockService => ({
  define: mutation(INPUTS['stock.define'], stock.define),
  receive: mutation(INPUTS['stock.receive'], stock.receive),
  adjust: mutation(INPUTS['stock.adjust'], stock.adjust),
  count: mutation(INPUTS['stock.count'], stock.count),
  archive: mutation(INPUTS['stock.archive'], stock.archive),
  writeOff: mutation(INPUTS['stock.writeOff'], stock.writeOff),
  level: query(INPUTS['stock.level'], stock.level),
  list: query(INPUTS['stock.list'], stock.list),
  history: query(INPUTS['stock.history'], stock.history),
  availability: query(INPUTS['stock.availability'], stock.availability),
});

const checkedLocations = (locations: LocationService): LocationService => ({
  define: mutation(INPUTS['locations.define'], locations.define),
  list: query(INPUTS['locations.list'], locations.list),
});

const checkedTransfers = (transfers: TransferService): TransferService => ({
  create: mutation(INPUTS['transfers.create'], transfers.create),
  dispatch: mutation(INPUTS['transfers.dispatch'], transfers.dispatch),
  receive: mutation(INPUTS['transfers.receive'], transfers.receive),
  cancel: mutation(INPUTS['transfers.cancel'], transfers.cancel),
  get: query(INPUTS['transfers.get'], transfers.get),
  list: query(INPUTS['transfers.list'], transfers.list),
});

const checkedHolds = (holds: HoldService): HoldService => ({
  list: query(INPUTS['holds.list'], holds.list),
  release: mutation(INPUTS['holds.release'], holds.release),
  releaseWhere: mutation(INPUTS['holds.releaseWhere'], holds.releaseWhere),
  top: query(INPUTS['holds.top'], holds.top),
});

const checkedCarts = (carts: CartService): CartService => ({
  get: ownQuery(INPUTS['cart.get'], carts.get),
  add: mutation(INPUTS['cart.add'], carts.add),
  setQuantity: mutation(INPUTS['cart.setQuantity'], carts.setQuantity),
  remove: mutation(INPUTS['cart.remove'], carts.remove),
  empty: mutation(INPUTS['cart.clear'], carts.empty),
  extend: mutation(INPUTS['cart.extend'], carts.extend),
  merge: mutation(LIBRARY_INPUTS['carts.merge'], carts.merge),
  releaseAndDeleteLine: checkedLine(carts.releaseAndDeleteLine),
  deleteLine: checkedLine(carts.deleteLine),
  clear: async (cartId, options) => {
    const given = checked(LIBRARY_INPUTS['carts.clear'], { cartId, options });
    return given.ok ? carts.clear(cartId, options) : given;
  },
});

const checkedLine =
  (service: CartService['deleteLine']): CartService['deleteLine'] =>
  async (cartId, sku) => {
    const given = checked(LIBRARY_INPUTS['carts.line'], { cartId, sku });
    return given.ok ? service(cartId, sku) : given;
  };

const checkedCheckout = (checkout: CheckoutService): CheckoutService => ({
  place: mutation(INPUTS['checkout.place'], checkout.place),
  begin: mutation(INPUTS['checkout.begin'], checkout.begin),
  attachPayment: mutation(INPUTS['checkout.attachPayment'], checkout.attachPayment),
  confirm: mutation(INPUTS['checkout.confirm'], checkout.confirm),
  cancel: mutation(INPUTS['checkout.cancel'], checkout.cancel),
  lapse: mutation(LIBRARY_INPUTS['checkout.lapse'], checkout.lapse),
});

const checkedOrders = (orders: OrderService): OrderService => ({
  get: ownQuery(INPUTS['orders.get'], orders.get),
  list: query(INPUTS['orders.list'], orders.list),
  mine: ownQuery(INPUTS['orders.mine'], orders.mine),
  return: mutation(INPUTS['orders.return'], orders.return),
  fulfil: mutation(INPUTS['orders.fulfil'], orders.fulfil),
  cancelLine: mutation(INPUTS['orders.cancelLine'], orders.cancelLine),
  setLineQuantity: mutation(INPUTS['orders.setLineQuantity'], orders.setLineQuantity),
  purge: mutation(INPUTS['orders.purge'], orders.purge),
  redact: mutation(INPUTS['orders.redact'], orders.redact),
});

const checkedReservations = (reservations: ReservationService): ReservationService => ({
  create: mutation(INPUTS['reservations.create'], reservations.create),
  get: query(INPUTS['reservations.get'], reservations.get),
  list: query(INPUTS['reservations.list'], reservations.list),
  extend: mutation(INPUTS['reservations.extend'], reservations.extend),
  resize: mutation(INPUTS['reservations.resize'], reservations.resize),
  commit: mutation(INPUTS['reservations.commit'], reservations.commit),
  fulfil: mutation(INPUTS['reservations.fulfil'], reservations.fulfil),
  release: mutation(INPUTS['reservations.release'], reservations.release),
  transfer: mutation(INPUTS['reservations.transfer'], reservations.transfer),
});

const checkedInventory = (inventory: InventoryService): InventoryService => ({
  reserve: mutation(LIBRARY_INPUTS['inventory.reserve'], inventory.reserve),
  release: mutation(LIBRARY_INPUTS['inventory.end'], inventory.release),
  consume: mutation(LIBRARY_INPUTS['inventory.end'], inventory.consume),
});

const checkedWebhooks = (webhooks: WebhookService): WebhookService => ({
  create: mutation(INPUTS['webhooks.create'], webhooks.create),
  list: query(INPUTS['webhooks.list'], webhooks.list),
  update: mutation(INPUTS['webhooks.update'], webhooks.update),
  rotateSecret: mutation(INPUTS['webhooks.rotateSecret'], webhooks.rotateSecret),
  delete: mutation(INPUTS['webhooks.delete'], webhooks.delete),
  waiting: query(INPUTS['webhooks.waiting'], webhooks.waiting),
  deliveries: query(INPUTS['webhooks.deliveries'], webhooks.deliveries),
  deadLetters: query(INPUTS['webhooks.deadLetters'], webhooks.deadLetters),
  replay: mutation(INPUTS['webhooks.replay'], webhooks.replay),
  deliverNow: () => webhooks.deliverNow(),
});

const checkedLedger = (ledger: LedgerService): LedgerService => ({
  read: async (options = {}) => {
    const given = checked(ledgerOptions, options);
    return given.ok ? ledger.read(options) : given;
  },
  removeFollower: mutation(INPUTS['ledger.removeFollower'], ledger.removeFollower),
});

const checkedShops = (shops: ShopRegistry): ShopRegistry => ({
  create: mutation(INPUTS['shops.create'], shops.create),
  suspend: mutation(INPUTS['shops.suspend'], shops.suspend),
  resume: mutation(INPUTS['shops.resume'], shops.resume),
  list: query(INPUTS['shops.list'], shops.list),
  find: (shop) => shops.find(shop),
  shopOfTag: (tag) => shops.shopOfTag(tag),
  prepare: (shop) => shops.prepare(shop),
  prepareTag: (tag) => shops.prepareTag(tag),
  get isUncertain() {
    return shops.isUncertain;
  },
});

const checkedKeys = (keys: KeyService): KeyService => ({
  create: mutation(INPUTS['keys.create'], keys.create),
  list: query(INPUTS['keys.list'], keys.list),
  revoke: mutation(INPUTS['keys.revoke'], keys.revoke),
  find: (key) => keys.find(key),
  prepare: (key) => keys.prepare(key),
  get isUncertain() {
    return keys.isUncertain;
  },
  stop: () => keys.stop(),
});
