import { demandScope, mutate, operator, router } from './procedures.ts';
import type { AccessKey } from '../contract/calls/access-key.ts';
import { INPUTS, type KeyCreateInput } from '../contract/inputs/inputs.ts';
import type { KeyHolder } from '../contract/outputs/key-outputs.ts';
import { withImplied } from '../contract/scope-names.ts';
import { invalidInput, RefusalError, unwrap } from './wire-errors.ts';

/** Throws `RefusalError` (`invalid_input`) for a key that would outlive the one that creates it, or have more calls. */
function demandWithin(own: AccessKey, asked: Pick<KeyCreateInput, 'expiresAt' | 'ratePerMinute'>): void {
  for (const limit of ['expiresAt', 'ratePerMinute'] as const) {
    const most = own[limit];
    if (most === null || (asked[limit] ?? Number.POSITIVE_INFINITY) <= most) continue;
    throw new RefusalError(invalidInput(limit, `must be at most ${most}, as the key that creates this one has`));
  }
}

/** The procedures that manage the keys of operators: docs/keys.md. */
export const keys = router({
  create: operator.input(INPUTS['keys.create']).mutation(({ ctx, input }) => {
    // A key can only grant scopes that it has itself.
    for (const scope of withImplied(input.scopes)) demandScope(ctx, scope);
    demandWithin(demandScope(ctx, null), input);
    return mutate(ctx.holdfast.keys.create, ctx.caller, input);
  }),
  list: operator.input(INPUTS['keys.list']).query(async ({ ctx }) => unwrap(await ctx.holdfast.keys.list({}))),
  revoke: operator
    .input(INPUTS['keys.revoke'])
    .mutation(({ ctx, input }) => mutate(ctx.holdfast.keys.revoke, ctx.caller, input)),
  whoami: operator.input(INPUTS['keys.whoami']).query(({ ctx }): KeyHolder => {
    const { keyId, name, scopes } = demandScope(ctx, null);
    return { name, ...(keyId === null ? {} : { keyId }), scopes: [...scopes], at: ctx.api.shopNow() };
  }),
});
