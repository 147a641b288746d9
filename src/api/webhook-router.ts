import { mutate, operator, router } from './procedures.ts';
import { nothing } from '../contract/schemas.ts';
import * as schemas from '../contract/webhook-schemas.ts';
import { unwrap } from './wire-errors.ts';

/** The procedures that manage webhook endpoints: docs/webhooks.md. */
export const webhooks = router({
  create: operator
    .input(schemas.webhooksCreate)
    .mutation(({ ctx, input }) => mutate(ctx.holdfast.webhooks.create, ctx.caller, input)),
  list: operator.input(nothing).query(async ({ ctx }) => unwrap(await ctx.holdfast.webhooks.list({}))),
  update: operator
    .input(schemas.webhooksUpdate)
    .mutation(({ ctx, input }) => mutate(ctx.holdfast.webhooks.update, ctx.caller, input)),
  rotateSecret: operator
    .input(schemas.webhooksOne)
    .mutation(({ ctx, input }) => mutate(ctx.holdfast.webhooks.rotateSecret, ctx.caller, input)),
  delete: operator
    .input(schemas.webhooksOne)
    .mutation(({ ctx, input }) => mutate(ctx.holdfast.webhooks.delete, ctx.caller, input)),
  deadLetters: operator
    .input(schemas.webhooksDeadLetters)
    .query(async ({ ctx, input }) => unwrap(await ctx.holdfast.webhooks.deadLetters(input))),
  replay: operator
    .input(schemas.webhooksReplay)
    .mutation(({ ctx, input }) => mutate(ctx.holdfast.webhooks.replay, ctx.caller, input)),
});
