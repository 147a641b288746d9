import { mutate, operator, router } from './procedures.ts';
import { INPUTS } from '../contract/inputs.ts';
import { unwrap } from './wire-errors.ts';

/** The procedures that manage webhook endpoints: docs/webhooks.md. */
export const webhooks = router({
  create: operator
    .input(INPUTS['webhooks.create'])
    .mutation(({ ctx, input }) => mutate(ctx.holdfast.webhooks.create, ctx.caller, input)),
  list: operator.input(INPUTS['webhooks.list']).query(async ({ ctx }) => unwrap(await ctx.holdfast.webhooks.list({}))),
  update: operator
    .input(INPUTS['webhooks.update'])
    .mutation(({ ctx, input }) => mutate(ctx.holdfast.webhooks.update, ctx.caller, input)),
  rotateSecret: operator
    .input(INPUTS['webhooks.rotateSecret'])
    .mutation(({ ctx, input }) => mutate(ctx.holdfast.webhooks.rotateSecret, ctx.caller, input)),
  delete: operator
    .input(INPUTS['webhooks.delete'])
    .mutation(({ ctx, input }) => mutate(ctx.holdfast.webhooks.delete, ctx.caller, input)),
  deadLetters: operator
    .input(INPUTS['webhooks.deadLetters'])
    .query(async ({ ctx, input }) => unwrap(await ctx.holdfast.webhooks.deadLetters(input))),
  replay: operator
    .input(INPUTS['webhooks.replay'])
    .mutation(({ ctx, input }) => mutate(ctx.holdfast.webhooks.replay, ctx.caller, input)),
});
