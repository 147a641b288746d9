import { demandScope, mutate, operator, router } from './procedures.ts';
import { INPUTS } from '../contract/inputs.ts';
import type { KeyHolder } from '../contract/key-outputs.ts';
import { withImplied } from '../contract/scope-names.ts';
import { unwrap } from './wire-errors.ts';

/** The procedures that manage the keys of operators: docs/keys.md. */
export const keys = router({
  create: operator.input(INPUTS['keys.create']).mutation(({ ctx, input }) => {
    // Nobody gives away what their own key does not have.
    for (const scope of withImplied(input.scopes)) demandScope(ctx, scope);
    return mutate(ctx.holdfast.keys.create, ctx.caller, input);
  }),
  list: operator.input(INPUTS['keys.list']).query(async ({ ctx }) => unwrap(await ctx.holdfast.keys.list({}))),
  revoke: operator
    .input(INPUTS['keys.revoke'])
    .mutation(({ ctx, input }) => mutate(ctx.holdfast.keys.revoke, ctx.caller, input)),
  whoami: operator.input(INPUTS['keys.whoami']).query(({ ctx }): KeyHolder => {
    const { keyId, name, scopes } = demandScope(ctx, null);
    return { name, ...(keyId === null ? {} : { keyId }), scopes: [...scopes] };
  }),
});
