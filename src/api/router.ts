import { type inferRouterInputs, type inferRouterOutputs, tracked } from '@trpc/server';
import type { ShownAvailability } from '../contract/outputs/stock-outputs.ts';
import { shownAvailability } from '../shop/stock/units/availability.ts';
import { updatesOf } from '../shop/watch/update-stream.ts';
import {
  answers,
  anyone,
  beginner,
  buyer,
  changes,
  mutate,
  namedSession,
  operator,
  ownAnswers,
  owner,
  router,
  shopper,
} from './procedures.ts';
import { INPUTS } from '../contract/inputs/inputs.ts';
import { keys } from './key-router.ts';
import { record, shownOrder, shownCustomer, shownOrders } from './recorded.ts';
import { recordedLoss } from '../shop/recovery/recovery-service.ts';
import { session, sessions } from './session-router.ts';
import { shops } from './shop-router.ts';
import { endedByDenial } from './watch-denial.ts';
import { demandContactRight, demandRedirectRight } from './webhook-rights.ts';
import { unwrap } from './wire-errors.ts';

const stock = router({
  define: operator.input(INPUTS['stock.define']).mutation(changes((shop) => shop.stock.define)),
  receive: operator.input(INPUTS['stock.receive']).mutation(changes((shop) => shop.stock.receive)),
  adjust: operator.input(INPUTS['stock.adjust']).mutation(changes((shop) => shop.stock.adjust)),
  count: operator.input(INPUTS['stock.count']).mutation(changes((shop) => shop.stock.count)),
  archive: operator.input(INPUTS['stock.archive']).mutation(changes((shop) => shop.stock.archive)),
  writeOff: operator.input(INPUTS['stock.writeOff']).mutation(changes((shop) => shop.stock.writeOff)),
  level: operator.input(INPUTS['stock.level']).query(answers((shop) => shop.stock.level)),
  list: operator.input(INPUTS['stock.list']).query(answers((shop) => shop.stock.list)),
  history: operator.input(INPUTS['stock.history']).query(answers((shop) => shop.stock.history)),
  importStatus: operator.input(INPUTS['stock.importStatus']).query(answers((shop) => shop.bulk.status)),
  availability: anyone
    .input(INPUTS['stock.availability'])
    .query(async ({ ctx, input }): Promise<ShownAvailability[]> => {
      const exact = unwrap(await ctx.holdfast.stock.availability(input));
      return ctx.key?.scopes.has('stock:read')
        ? exact
        : exact.map((one) => shownAvailability(one, ctx.holdfast.settings));
    }),
  watch: anyone.input(INPUTS['stock.watch']).subscription(async function* ({ ctx, input, signal }) {
    const watching = endedByDenial(ctx, signal);
    try {
      for await (const update of updatesOf(ctx.holdfast.watch, input.skus, watching.signal, ctx.client ?? null)) {
        yield tracked(String(update.version), update);
      }
      watching.throwIfDenied();
    } finally {
      watching.stop();
    }
  }),
});

const locations = router({
  define: operator.input(INPUTS['locations.define']).mutation(changes((shop) => shop.locations.define)),
  list: operator.input(INPUTS['locations.list']).query(answers((shop) => shop.locations.list)),
});

const transfers = router({
  create: operator.input(INPUTS['transfers.create']).mutation(changes((shop) => shop.transfers.create)),
  dispatch: operator.input(INPUTS['transfers.dispatch']).mutation(changes((shop) => shop.transfers.dispatch)),
  receive: operator.input(INPUTS['transfers.receive']).mutation(changes((shop) => shop.transfers.receive)),
  cancel: operator.input(INPUTS['transfers.cancel']).mutation(changes((shop) => shop.transfers.cancel)),
  get: operator.input(INPUTS['transfers.get']).query(answers((shop) => shop.transfers.get)),
  list: operator.input(INPUTS['transfers.list']).query(answers((shop) => shop.transfers.list)),
});

const holdsRouter = router({
  list: operator.input(INPUTS['holds.list']).query(answers((shop) => shop.holds.list)),
  release: operator.input(INPUTS['holds.release']).mutation(changes((shop) => shop.holds.release)),
  releaseWhere: operator.input(INPUTS['holds.releaseWhere']).mutation(changes((shop) => shop.holds.releaseWhere)),
  top: operator.input(INPUTS['holds.top']).query(answers((shop) => shop.holds.top)),
});

const cart = router({
  get: shopper.input(INPUTS['cart.get']).query(ownAnswers((shop) => shop.carts.get)),
  add: shopper.input(INPUTS['cart.add']).mutation(changes((shop) => shop.carts.add)),
  setQuantity: shopper.input(INPUTS['cart.setQuantity']).mutation(changes((shop) => shop.carts.setQuantity)),
  remove: shopper.input(INPUTS['cart.remove']).mutation(changes((shop) => shop.carts.remove)),
  clear: shopper.input(INPUTS['cart.clear']).mutation(changes((shop) => (_, call) => shop.carts.empty({}, call))),
  extend: shopper.input(INPUTS['cart.extend']).mutation(changes((shop) => (_, call) => shop.carts.extend({}, call))),
  merge: shopper.input(INPUTS['cart.merge']).mutation(({ ctx, input: { fromSessionId, ...rest } }) => {
    const { cartId, customer } = namedSession(ctx, 'fromSessionId', fromSessionId);
    return mutate(ctx.holdfast.carts.merge, ctx.caller, { ...rest, from: { cartId, customer } });
  }),
});

const checkoutRouter = router({
  place: buyer.input(INPUTS['checkout.place']).mutation(changes((shop) => shop.checkout.place)),
  begin: beginner.input(INPUTS['checkout.begin']).mutation(changes((shop) => shop.checkout.begin)),
  attachPayment: owner
    .input(INPUTS['checkout.attachPayment'])
    .mutation(shownOrder(changes((shop) => shop.checkout.attachPayment))),
  confirm: operator.input(INPUTS['checkout.confirm']).mutation(shownOrder(changes((shop) => shop.checkout.confirm))),
  cancel: owner.input(INPUTS['checkout.cancel']).mutation(shownOrder(changes((shop) => shop.checkout.cancel))),
});

const orders = router({
  get: owner.input(INPUTS['orders.get']).query(shownOrder(ownAnswers((shop) => shop.orders.get))),
  list: operator.input(INPUTS['orders.list']).query(shownOrders(answers((shop) => shop.orders.list))),
  mine: shopper.input(INPUTS['orders.mine']).query(ownAnswers((shop) => shop.orders.mine)),
  return: operator.input(INPUTS['orders.return']).mutation(shownOrder(changes((shop) => shop.orders.return))),
  fulfil: operator.input(INPUTS['orders.fulfil']).mutation(shownOrder(changes((shop) => shop.orders.fulfil))),
  cancelLine: operator
    .input(INPUTS['orders.cancelLine'])
    .mutation(shownOrder(changes((shop) => shop.orders.cancelLine))),
  setLineQuantity: operator
    .input(INPUTS['orders.setLineQuantity'])
    .mutation(shownOrder(changes((shop) => shop.orders.setLineQuantity))),
  purge: operator.input(INPUTS['orders.purge']).mutation(changes((shop) => shop.orders.purge)),
  redact: operator.input(INPUTS['orders.redact']).mutation(changes((shop) => shop.orders.redact)),
});

const reservations = router({
  create: operator.input(INPUTS['reservations.create']).mutation(changes((shop) => shop.reservations.create)),
  get: operator.input(INPUTS['reservations.get']).query(answers((shop) => shop.reservations.get)),
  list: operator.input(INPUTS['reservations.list']).query(answers((shop) => shop.reservations.list)),
  extend: operator.input(INPUTS['reservations.extend']).mutation(changes((shop) => shop.reservations.extend)),
  resize: operator.input(INPUTS['reservations.resize']).mutation(changes((shop) => shop.reservations.resize)),
  commit: operator.input(INPUTS['reservations.commit']).mutation(changes((shop) => shop.reservations.commit)),
  fulfil: operator.input(INPUTS['reservations.fulfil']).mutation(changes((shop) => shop.reservations.fulfil)),
  release: operator.input(INPUTS['reservations.release']).mutation(changes((shop) => shop.reservations.release)),
  transfer: operator.input(INPUTS['reservations.transfer']).mutation(changes((shop) => shop.reservations.transfer)),
});

const customers = router({
  export: operator.input(INPUTS['customers.export']).query(shownCustomer(answers((shop) => shop.customers.export))),
});

const admin = router({
  audit: operator.input(INPUTS['admin.audit']).query(async ({ ctx }) => unwrap(await ctx.holdfast.audit())),
  events: operator.input(INPUTS['admin.events']).query(answers((shop) => shop.events.list)),
  status: operator.input(INPUTS['admin.status']).query(({ ctx }) => ctx.api.status()),
  clock: operator.input(INPUTS['admin.clock']).query(({ ctx }) => ctx.holdfast.store.clock()),
  acceptClock: operator.input(INPUTS['admin.acceptClock']).mutation(async ({ ctx, input }) => {
    const before = await ctx.holdfast.store.clock();
    const after = await ctx.holdfast.store.acceptClock();
    await record(ctx, { what: 'admin.acceptClock', before, after, reason: input?.reason });
    return after;
  }),
  repairIndexes: operator.input(INPUTS['admin.repairIndexes']).mutation(async ({ ctx, input }) => {
    const repair = unwrap(await ctx.holdfast.repairIndexes({ caller: ctx.caller }));
    const { mended, rules } = repair;
    await record(ctx, { what: 'admin.repairIndexes', after: { mended, rules }, reason: input?.reason });
    return repair;
  }),
  loss: operator.input(INPUTS['admin.loss']).query(async ({ ctx }) => unwrap(await ctx.holdfast.loss())),
  recover: operator.input(INPUTS['admin.recover']).mutation(async ({ ctx, input }) => {
    const lost = unwrap(await ctx.holdfast.recover(input));
    await record(ctx, { what: 'admin.recover', after: recordedLoss(lost), reason: input.reason });
    return lost;
  }),
});

const ledger = router({
  removeFollower: operator
    .input(INPUTS['ledger.removeFollower'])
    .mutation(changes((shop) => shop.ledger.removeFollower)),
});

/** The procedures that manage webhook endpoints: docs/webhooks.md. */
const webhooks = router({
  create: operator.input(INPUTS['webhooks.create']).mutation(({ ctx, input }) => {
    demandContactRight(ctx, input);
    return mutate(ctx.holdfast.webhooks.create, ctx.caller, input);
  }),
  list: operator.input(INPUTS['webhooks.list']).query(async ({ ctx }) => unwrap(await ctx.holdfast.webhooks.list({}))),
  update: operator.input(INPUTS['webhooks.update']).mutation(async ({ ctx, input }) => {
    await demandRedirectRight(ctx, input);
    return mutate(ctx.holdfast.webhooks.update, ctx.caller, input);
  }),
  rotateSecret: operator.input(INPUTS['webhooks.rotateSecret']).mutation(changes((shop) => shop.webhooks.rotateSecret)),
  delete: operator.input(INPUTS['webhooks.delete']).mutation(changes((shop) => shop.webhooks.delete)),
  deliveries: operator.input(INPUTS['webhooks.deliveries']).query(answers((shop) => shop.webhooks.deliveries)),
  waiting: operator.input(INPUTS['webhooks.waiting']).query(answers((shop) => shop.webhooks.waiting)),
  deadLetters: operator.input(INPUTS['webhooks.deadLetters']).query(answers((shop) => shop.webhooks.deadLetters)),
  replay: operator.input(INPUTS['webhooks.replay']).mutation(changes((shop) => shop.webhooks.replay)),
});

/** Every procedure of the wire contract. */
export const appRouter = router({
  session,
  sessions,
  stock,
  locations,
  transfers,
  holds: holdsRouter,
  cart,
  checkout: checkoutRouter,
  orders,
  reservations,
  customers,
  admin,
  ledger,
  webhooks,
  keys,
  shops,
});

export type AppRouter = typeof appRouter;
export type Inputs = inferRouterInputs<AppRouter>;
export type Outputs = inferRouterOutputs<AppRouter>;
