import type { Context } from './callers/context.ts';
import { answers, changes, mutate, newcomer, operator, router } from './procedures.ts';
import { INPUTS } from '../contract/inputs/inputs.ts';
import type { SessionRevocation } from '../contract/inputs/library-inputs.ts';
import { issueBound } from './recorded.ts';
import { customerName } from './callers/sessions.ts';
import { invalidInput, RefusalError } from './wire-errors.ts';

/** The procedures of sessions: docs/operating.md. */
export const session = router({
  create: newcomer.input(INPUTS['session.create']).mutation(({ ctx, input: { customerId } }) => {
    // A backend with a key that creates the sessions of its customers is not the client of any of them.
    const client = ctx.key ? undefined : ctx.client;
    return customerId === undefined ? ctx.api.sessions.issue({ client }) : issueBound(ctx, customerId);
  }),
  revoke: operator
    .input(INPUTS['session.revoke'])
    .mutation(({ ctx, input: { sessionId, customerId, client, ...keyed } }) => {
      const names = {
        ...(sessionId === undefined ? {} : revokedSession(ctx, sessionId)),
        ...(customerId === undefined ? {} : { customer: customerName(customerId) }),
        ...(client === undefined ? {} : { client }),
      };
      return mutate(ctx.holdfast.sessions.revoke, ctx.caller, { ...names, ...keyed });
    }),
});

export const sessions = router({
  block: operator.input(INPUTS['sessions.block']).mutation(changes((shop) => shop.sessions.block)),
  unblock: operator.input(INPUTS['sessions.unblock']).mutation(changes((shop) => shop.sessions.unblock)),
  blocks: operator.input(INPUTS['sessions.blocks']).query(answers((shop) => shop.sessions.blocks)),
});

/** Throws `RefusalError` (`invalid_input`) for an id that is not a session. A revoked session may be revoked again. */
function revokedSession({ api }: Context, sessionId: string): Pick<SessionRevocation, 'session' | 'expiresAt'> {
  const found = api.sessions.verify(sessionId);
  if (!found) throw new RefusalError(invalidInput('sessionId', 'is not a session, or has expired'));
  return { session: found.hash, ...(found.expiresAt === null ? {} : { expiresAt: found.expiresAt }) };
}
