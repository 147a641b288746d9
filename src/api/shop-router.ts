import { INPUTS } from '../contract/inputs.ts';
import type { Context } from './context.ts';
import { mutate, root, router } from './procedures.ts';
import type { ShopDirectory } from './shop-directory.ts';
import { invalidInput, RefusalError, unwrap } from './wire-errors.ts';

/** Throws `RefusalError` (`invalid_input`) if the process serves one shop only. */
function directoryOf({ api }: Pick<Context, 'api'>): ShopDirectory {
  if (api.shops) return api.shops;
  throw new RefusalError(invalidInput('', 'this process serves one shop; SHOPS makes it serve several'));
}

/** The procedures that manage the shops of a process: docs/shops.md. */
export const shops = router({
  create: root
    .input(INPUTS['shops.create'])
    .mutation(({ ctx, input }) => mutate(directoryOf(ctx).create, ctx.caller, input)),
  suspend: root
    .input(INPUTS['shops.suspend'])
    .mutation(({ ctx, input }) => mutate(directoryOf(ctx).suspend, ctx.caller, input)),
  resume: root
    .input(INPUTS['shops.resume'])
    .mutation(({ ctx, input }) => mutate(directoryOf(ctx).resume, ctx.caller, input)),
  list: root.input(INPUTS['shops.list']).query(async ({ ctx }) => unwrap(await directoryOf(ctx).list({}))),
});
