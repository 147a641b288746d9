import { type inferRouterInputs, type inferRouterOutputs, tracked } from '@trpc/server';
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
import { INPUTS } from '../contract/inputs.ts';
import { webhooks } from './webhook-router.ts';
import { unwrap } from './wire-errors.ts';

const session = router({
  create: newcomer
    .input(INPUTS['session.create'])
    .mutation(({ ctx, input }) => ctx.api.sessions.issue({ customerId: input.customerId })),
});

const stock = router({
  define: operator
    .input(INPUTS['stock.define'])
    .mutation(({ ctx, input }) => mutate(ctx.holdfast.stock.define, ctx.caller, input)),
  receive: operator
    .input(INPUTS['stock.receive'])
    .mutation(({ ctx, input }) => mutate(ctx.holdfast.stock.receive, ctx.caller, input)),
  adjust: operator
    .input(INPUTS['stock.adjust'])
    .mutation(({ ctx, input }) => mutate(ctx.holdfast.stock.adjust, ctx.caller, input)),
  count: operator
    .input(INPUTS['stock.count'])
    .mutation(({ ctx, input }) => mutate(ctx.holdfast.stock.count, ctx.caller, input)),
  archive: operator
    .input(INPUTS['stock.archive'])
    .mutation(({ ctx, input }) => mutate(ctx.holdfast.stock.archive, ctx.caller, input)),
  level: operator
    .input(INPUTS['stock.level'])
    .query(async ({ ctx, input }) => unwrap(await ctx.holdfast.stock.level(input))),
  list: operator
    .input(INPUTS['stock.list'])
    .query(async ({ ctx, input }) => unwrap(await ctx.holdfast.stock.list(input))),
  history: operator
    .input(INPUTS['stock.history'])
    .query(async ({ ctx, input }) => unwrap(await ctx.holdfast.stock.history(input))),
  importStatus: operator
    .input(INPUTS['stock.importStatus'])
    .query(async ({ ctx, input }) => unwrap(await ctx.holdfast.bulk.status(input))),
  availability: anyone
    .input(INPUTS['stock.availability'])
    .query(async ({ ctx, input }) => unwrap(await ctx.holdfast.stock.availability(input))),
  watch: anyone.input(INPUTS['stock.watch']).subscription(async function* ({ ctx, input, signal }) {
    for await (const update of updatesOf(ctx.holdfast.watch, input.skus, signal, ctx.client ?? null)) {
      yield tracked(String(update.version), update);
    }
  }),
});

const holdsRouter = router({
  list: operator
    .input(INPUTS['holds.list'])
    .query(async ({ ctx, input }) => unwrap(await ctx.holdfast.holds.list(input))),
  release: operator
    .input(INPUTS['holds.release'])
    .mutation(({ ctx, input }) => mutate(ctx.holdfast.holds.release, ctx.caller, input)),
});

const cart = router({
  get: shopper
    .input(INPUTS['cart.get'])
    .query(async ({ ctx, input }) => unwrap(await ctx.holdfast.carts.get(input, { caller: ctx.caller }))),
  add: shopper
    .input(INPUTS['cart.add'])
    .mutation(({ ctx, input }) => mutate(ctx.holdfast.carts.add, ctx.caller, input)),
  setQuantity: shopper
    .input(INPUTS['cart.setQuantity'])
    .mutation(({ ctx, input }) => mutate(ctx.holdfast.carts.setQuantity, ctx.caller, input)),
  remove: shopper
    .input(INPUTS['cart.remove'])
    .mutation(({ ctx, input }) => mutate(ctx.holdfast.carts.remove, ctx.caller, input)),
  clear: shopper
    .input(INPUTS['cart.clear'])
    .mutation(({ ctx, input }) => mutate((_, call) => ctx.holdfast.carts.empty({}, call), ctx.caller, input)),
  extend: shopper
    .input(INPUTS['cart.extend'])
    .mutation(({ ctx, input }) => mutate((_, call) => ctx.holdfast.carts.extend({}, call), ctx.caller, input)),
  merge: shopper.input(INPUTS['cart.merge']).mutation(({ ctx, input: { fromSessionId, ...rest } }) => {
    const { cartId, customer } = namedSession(ctx, 'fromSessionId', fromSessionId);
    return mutate(ctx.holdfast.carts.merge, ctx.caller, { ...rest, from: { cartId, customer } });
  }),
});

const checkoutRouter = router({
  place: buyer
    .input(INPUTS['checkout.place'])
    .mutation(({ ctx, input }) => mutate(ctx.holdfast.checkout.place, ctx.caller, input)),
  begin: beginner
    .input(INPUTS['checkout.begin'])
    .mutation(({ ctx, input }) => mutate(ctx.holdfast.checkout.begin, ctx.caller, input)),
  attachPayment: owner
    .input(INPUTS['checkout.attachPayment'])
    .mutation(({ ctx, input }) => mutate(ctx.holdfast.checkout.attachPayment, ctx.caller, input)),
  confirm: operator
    .input(INPUTS['checkout.confirm'])
    .mutation(({ ctx, input }) => mutate(ctx.holdfast.checkout.confirm, ctx.caller, input)),
  cancel: owner
    .input(INPUTS['checkout.cancel'])
    .mutation(({ ctx, input }) => mutate(ctx.holdfast.checkout.cancel, ctx.caller, input)),
});

const orders = router({
  get: owner
    .input(INPUTS['orders.get'])
    .query(async ({ ctx, input }) => unwrap(await ctx.holdfast.orders.get(input, { caller: ctx.caller }))),
  list: operator
    .input(INPUTS['orders.list'])
    .query(async ({ ctx, input }) => unwrap(await ctx.holdfast.orders.list(input))),
  mine: shopper
    .input(INPUTS['orders.mine'])
    .query(async ({ ctx, input }) => unwrap(await ctx.holdfast.orders.mine(input, { caller: ctx.caller }))),
  return: operator
    .input(INPUTS['orders.return'])
    .mutation(({ ctx, input }) => mutate(ctx.holdfast.orders.return, ctx.caller, input)),
});

const admin = router({
  audit: operator.input(INPUTS['admin.audit']).query(async ({ ctx }) => unwrap(await ctx.holdfast.audit())),
  clock: operator.input(INPUTS['admin.clock']).query(({ ctx }) => ctx.holdfast.store.clock()),
  acceptClock: operator.input(INPUTS['admin.acceptClock']).mutation(({ ctx }) => ctx.holdfast.store.acceptClock()),
  repairIndexes: operator
    .input(INPUTS['admin.repairIndexes'])
    .mutation(async ({ ctx }) => unwrap(await ctx.holdfast.repairIndexes({ caller: ctx.caller }))),
  recover: operator
    .input(INPUTS['admin.recover'])
    .mutation(async ({ ctx, input }) => unwrap(await ctx.holdfast.recover(input))),
});

/** Every procedure of the wire contract. */
export const appRouter = router({
  session,
  stock,
  holds: holdsRouter,
  cart,
  checkout: checkoutRouter,
  orders,
  admin,
  webhooks,
});

export type AppRouter = typeof appRouter;
export type Inputs = inferRouterInputs<AppRouter>;
export type Outputs = inferRouterOutputs<AppRouter>;
