import { INPUTS } from '../contract/inputs/inputs.ts';
import { mutate, root, router } from './procedures.ts';
import { unwrap } from './wire-errors.ts';

/** The procedures that manage the shops of a process: docs/shops.md. */
export const shops = router({
  create: root
    .input(INPUTS['shops.create'])
    .mutation(({ ctx, input }) => mutate(ctx.api.shops.create, ctx.caller, input)),
  suspend: root
    .input(INPUTS['shops.suspend'])
    .mutation(({ ctx, input }) => mutate(ctx.api.shops.suspend, ctx.caller, input)),
  resume: root
    .input(INPUTS['shops.resume'])
    .mutation(({ ctx, input }) => mutate(ctx.api.shops.resume, ctx.caller, input)),
  list: root.input(INPUTS['shops.list']).query(async ({ ctx }) => unwrap(await ctx.api.shops.list({}))),
});
