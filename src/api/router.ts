import { type inferRouterInputs, type inferRouterOutputs, tracked } from '@trpc/server';
import { clientOn } from './clients.ts';
import { updatesOf } from '../shop/watch/update-stream.ts';
import {
  anyone,
  beginner,
  buyer,
  mutate,
  namedSession,
  newcomer,
  operator,
  owner,
  router,
  shopper,
} from './procedures.ts';
import { stockImportStatus } from './bulk/bulk-inputs.ts';
import * as schemas from '../contract/schemas.ts';
import { webhooks } from './webhook-router.ts';
import { unwrap } from './wire-errors.ts';

const session = router({
  create: newcomer.input(schemas.sessionCreate).mutation(({ ctx, input }) => ctx.api.sessions.issue(input.customerId)),
});

const stock = router({
  define: operator
    .input(schemas.stockDefine)
    .mutation(({ ctx, input }) => mutate(ctx.holdfast.stock.define, ctx.caller, input)),
  receive: operator
    .input(schemas.stockReceive)
    .mutation(({ ctx, input }) => mutate(ctx.holdfast.stock.receive, ctx.caller, input)),
  adjust: operator
    .input(schemas.stockAdjust)
    .mutation(({ ctx, input }) => mutate(ctx.holdfast.stock.adjust, ctx.caller, input)),
  count: operator
    .input(schemas.stockCount)
    .mutation(({ ctx, input }) => mutate(ctx.holdfast.stock.count, ctx.caller, input)),
  archive: operator
    .input(schemas.stockArchive)
    .mutation(({ ctx, input }) => mutate(ctx.holdfast.stock.archive, ctx.caller, input)),
  level: operator
    .input(schemas.stockLevel)
    .query(async ({ ctx, input }) => unwrap(await ctx.holdfast.stock.level(input))),
  list: operator.input(schemas.stockList).query(async ({ ctx, input }) => unwrap(await ctx.holdfast.stock.list(input))),
  history: operator
    .input(schemas.stockHistory)
    .query(async ({ ctx, input }) => unwrap(await ctx.holdfast.stock.history(input))),
  importStatus: operator
    .input(stockImportStatus)
    .query(async ({ ctx, input }) => unwrap(await ctx.holdfast.bulk.status(input))),
  availability: anyone
    .input(schemas.stockAvailability)
    .query(async ({ ctx, input }) => unwrap(await ctx.holdfast.stock.availability(input))),
  watch: anyone.input(schemas.stockWatch).subscription(async function* ({ ctx, input, signal }) {
    for await (const update of updatesOf(ctx.holdfast.watch, input.skus, signal, clientOn(ctx.connection))) {
      yield tracked(String(update.version), update);
    }
  }),
});

const holds = router({
  list: operator.input(schemas.holdsList).query(async ({ ctx, input }) => unwrap(await ctx.holdfast.holds.list(input))),
  release: operator
    .input(schemas.holdsRelease)
    .mutation(({ ctx, input }) => mutate(ctx.holdfast.holds.release, ctx.caller, input)),
});

const cart = router({
  get: shopper
    .input(schemas.nothing)
    .query(async ({ ctx, input }) => unwrap(await ctx.holdfast.carts.get(input, { caller: ctx.caller }))),
  add: shopper.input(schemas.cartAdd).mutation(({ ctx, input }) => mutate(ctx.holdfast.carts.add, ctx.caller, input)),
  setQuantity: shopper
    .input(schemas.cartSetQuantity)
    .mutation(({ ctx, input }) => mutate(ctx.holdfast.carts.setQuantity, ctx.caller, input)),
  remove: shopper
    .input(schemas.cartRemove)
    .mutation(({ ctx, input }) => mutate(ctx.holdfast.carts.remove, ctx.caller, input)),
  clear: shopper
    .input(schemas.cartClear)
    .mutation(({ ctx, input }) => mutate((_, call) => ctx.holdfast.carts.empty({}, call), ctx.caller, input)),
  extend: shopper
    .input(schemas.cartExtend)
    .mutation(({ ctx, input }) => mutate((_, call) => ctx.holdfast.carts.extend({}, call), ctx.caller, input)),
  merge: shopper.input(schemas.cartMerge).mutation(({ ctx, input: { fromSessionId, ...rest } }) => {
    const { cartId, customer } = namedSession(ctx, 'fromSessionId', fromSessionId);
    return mutate(ctx.holdfast.carts.merge, ctx.caller, { ...rest, from: { cartId, customer } });
  }),
});

const checkout = router({
  place: buyer
    .input(schemas.checkoutPlace)
    .mutation(({ ctx, input }) => mutate(ctx.holdfast.checkout.place, ctx.caller, input)),
  begin: beginner
    .input(schemas.checkoutBegin)
    .mutation(({ ctx, input }) => mutate(ctx.holdfast.checkout.begin, ctx.caller, input)),
  attachPayment: owner
    .input(schemas.checkoutAttachPayment)
    .mutation(({ ctx, input }) => mutate(ctx.holdfast.checkout.attachPayment, ctx.caller, input)),
  confirm: operator
    .input(schemas.checkoutConfirm)
    .mutation(({ ctx, input }) => mutate(ctx.holdfast.checkout.confirm, ctx.caller, input)),
  cancel: owner
    .input(schemas.checkoutCancel)
    .mutation(({ ctx, input }) => mutate(ctx.holdfast.checkout.cancel, ctx.caller, input)),
});

const orders = router({
  get: owner
    .input(schemas.ordersGet)
    .query(async ({ ctx, input }) => unwrap(await ctx.holdfast.orders.get(input, { caller: ctx.caller }))),
  list: operator
    .input(schemas.ordersList)
    .query(async ({ ctx, input }) => unwrap(await ctx.holdfast.orders.list(input))),
  mine: shopper
    .input(schemas.ordersMine)
    .query(async ({ ctx, input }) => unwrap(await ctx.holdfast.orders.mine(input, { caller: ctx.caller }))),
  return: operator
    .input(schemas.ordersReturn)
    .mutation(({ ctx, input }) => mutate(ctx.holdfast.orders.return, ctx.caller, input)),
});

const admin = router({
  audit: operator.input(schemas.nothing).query(async ({ ctx }) => unwrap(await ctx.holdfast.audit())),
  clock: operator.input(schemas.nothing).query(({ ctx }) => ctx.holdfast.store.clock()),
  acceptClock: operator.input(schemas.acceptClock).mutation(({ ctx }) => ctx.holdfast.store.acceptClock()),
  repairIndexes: operator
    .input(schemas.adminRepairIndexes)
    .mutation(async ({ ctx }) => unwrap(await ctx.holdfast.repairIndexes({ caller: ctx.caller }))),
  recover: operator
    .input(schemas.adminRecover)
    .mutation(async ({ ctx, input }) => unwrap(await ctx.holdfast.recover(input))),
});

/** Every procedure of the wire contract. */
export const appRouter = router({ session, stock, holds, cart, checkout, orders, admin, webhooks });

export type AppRouter = typeof appRouter;
export type Inputs = inferRouterInputs<AppRouter>;
export type Outputs = inferRouterOutputs<AppRouter>;
