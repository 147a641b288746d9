import type {
  CartService,
  CheckoutService,
  HoldService,
  Holdfast,
  InventoryService,
  OrderService,
  StockService,
} from '../shop/holdfast.ts';
import type { WebhookService } from '../contract/webhook-types.ts';
import { checkedBulk } from './checked-bulk.ts';
import { callRefusal, checked, mutation, ownQuery, query } from './checked-calls.ts';
import * as library from '../contract/library-schemas.ts';
import * as schemas from '../contract/schemas.ts';
import * as hooks from '../contract/webhook-schemas.ts';

/**
 * Returns the services with checked inputs: they return `invalid_input` for whatever the wire refuses. Inputs that do
 * not exist on the wire have schemas of their own.
 */
export function checkedHoldfast(holdfast: Holdfast): Holdfast {
  return {
    ...holdfast,
    stock: checkedStock(holdfast.stock),
    holds: checkedHolds(holdfast.holds),
    carts: checkedCarts(holdfast.carts),
    checkout: checkedCheckout(holdfast.checkout),
    orders: checkedOrders(holdfast.orders),
    inventory: checkedInventory(holdfast.inventory),
    bulk: checkedBulk(holdfast.bulk),
    webhooks: checkedWebhooks(holdfast.webhooks),
    recover: query(schemas.adminRecover, holdfast.recover),
    repairIndexes: async (call) => callRefusal(call) ?? holdfast.repairIndexes(call),
  };
}

const checkedStock = (stock: StockService): StockService => ({
  define: mutation(schemas.stockDefine, stock.define),
  receive: mutation(schemas.stockReceive, stock.receive),
  adjust: mutation(schemas.stockAdjust, stock.adjust),
  count: mutation(schemas.stockCount, stock.count),
  archive: mutation(schemas.stockArchive, stock.archive),
  level: query(schemas.stockLevel, stock.level),
  list: query(schemas.stockList, stock.list),
  history: query(schemas.stockHistory, stock.history),
  availability: query(schemas.stockAvailability, stock.availability),
});

const checkedHolds = (holds: HoldService): HoldService => ({
  list: query(schemas.holdsList, holds.list),
  release: mutation(schemas.holdsRelease, holds.release),
});

const checkedCarts = (carts: CartService): CartService => ({
  get: ownQuery(schemas.nothing, carts.get),
  add: mutation(schemas.cartAdd, carts.add),
  setQuantity: mutation(schemas.cartSetQuantity, carts.setQuantity),
  remove: mutation(schemas.cartRemove, carts.remove),
  empty: mutation(schemas.cartClear, carts.empty),
  extend: mutation(schemas.cartExtend, carts.extend),
  merge: mutation(library.cartsMerge, carts.merge),
  releaseAndDeleteLine: line(carts.releaseAndDeleteLine),
  deleteLine: line(carts.deleteLine),
  clear: async (cartId, options) => {
    const given = checked(library.cartsClear, { cartId, options });
    return given.ok ? carts.clear(cartId, options) : given;
  },
});

const line =
  (service: CartService['deleteLine']): CartService['deleteLine'] =>
  async (cartId, sku) => {
    const given = checked(library.cartsLine, { cartId, sku });
    return given.ok ? service(cartId, sku) : given;
  };

const checkedCheckout = (checkout: CheckoutService): CheckoutService => ({
  place: mutation(schemas.checkoutPlace, checkout.place),
  begin: mutation(schemas.checkoutBegin, checkout.begin),
  attachPayment: mutation(schemas.checkoutAttachPayment, checkout.attachPayment),
  confirm: mutation(schemas.checkoutConfirm, checkout.confirm),
  cancel: mutation(schemas.checkoutCancel, checkout.cancel),
  lapse: mutation(library.checkoutLapse, checkout.lapse),
});

const checkedOrders = (orders: OrderService): OrderService => ({
  get: ownQuery(schemas.ordersGet, orders.get),
  list: query(schemas.ordersList, orders.list),
  mine: ownQuery(schemas.ordersMine, orders.mine),
  return: mutation(schemas.ordersReturn, orders.return),
});

const checkedInventory = (inventory: InventoryService): InventoryService => ({
  reserve: mutation(library.inventoryReserve, inventory.reserve),
  release: mutation(library.inventoryEnd, inventory.release),
  consume: mutation(library.inventoryEnd, inventory.consume),
});

const checkedWebhooks = (webhooks: WebhookService): WebhookService => ({
  create: mutation(hooks.webhooksCreate, webhooks.create),
  list: query(schemas.nothing, webhooks.list),
  update: mutation(hooks.webhooksUpdate, webhooks.update),
  rotateSecret: mutation(hooks.webhooksOne, webhooks.rotateSecret),
  delete: mutation(hooks.webhooksOne, webhooks.delete),
  deadLetters: query(hooks.webhooksDeadLetters, webhooks.deadLetters),
  replay: mutation(hooks.webhooksReplay, webhooks.replay),
  deliverNow: () => webhooks.deliverNow(),
});
