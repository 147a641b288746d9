import { initTRPC } from '@trpc/server';
import type { Call, Caller } from '../service/inputs.ts';
import type { Result } from '../service/refusals.ts';
import { callerOf, type Context, OPERATOR, type SessionCaller } from './context.ts';
import { serverTransformer } from './transformer.ts';
import { invalidInput, RefusalError, refusalOf, unwrap, wireError } from './wire-errors.ts';
import type { Reason } from './wire-refusals.ts';

/** Subscriptions: `ping` keeps what is between the two ends from giving up an idle connection. */
export const SSE = {
  ping: { enabled: true, intervalMs: 15_000 },
  /** Told to clients: with nothing heard for so long, they connect anew. */
  client: { reconnectAfterInactivityMs: 45_000 },
};

const t = initTRPC.context<Context>().create({
  transformer: serverTransformer,
  sse: SSE,
  errorFormatter: ({ error, path, ctx }) => wireError(refusalOf(error, ctx?.requestId ?? 'unknown'), path ?? ''),
});

export const router = t.router;

/**
 * A procedure that `admit` lets callers into, or refuses by throwing; what it returns is added to the context. That comes
 * before any `.input(...)`, so who may call is decided before the input is looked at. Every call is observed, refused
 * ones too.
 */
const procedureFor = <Admitted extends object>(admit: (ctx: Context) => Admitted) =>
  t.procedure.use(async ({ ctx, path, next }) => {
    const start = performance.now();
    const observe = (outcome: 'ok' | Reason): void =>
      ctx.api.observeCall({ path, outcome, ms: performance.now() - start });
    try {
      const result = await next({ ctx: admit(ctx) });
      observe(result.ok ? 'ok' : refusalOf(result.error, ctx.requestId).reason);
      return result;
    } catch (error) {
      observe(refusalOf(error, ctx.requestId).reason);
      throw error;
    }
  });

const sessionCaller = ({ session, connection }: Context): Caller => {
  if (session) return callerOf(session, connection);
  throw new RefusalError({ reason: 'session_required', meta: {} });
};

/** Throws `RefusalError` for a caller who is not the operator: 401 without credentials, 403 with other ones. */
export function demandOperator({ operator, hasCredentials }: Pick<Context, 'operator' | 'hasCredentials'>): void {
  if (operator) return;
  const credentials = hasCredentials ? 'insufficient' : 'missing';
  throw new RefusalError({ reason: 'not_authorized', meta: { credentials } });
}

export const anyone = procedureFor(() => ({}));

/** A shopper, for their own cart and orders. */
export const shopper = procedureFor((ctx) => ({ caller: sessionCaller(ctx) }));

export const operator = procedureFor((ctx) => {
  demandOperator(ctx);
  return { caller: OPERATOR };
});

/** The operator, or a shopper for what is their own. */
export const owner = procedureFor((ctx) => ({ caller: ctx.operator ? OPERATOR : sessionCaller(ctx) }));

/** A shopper; where only the operator may place orders, the operator on behalf of a shopper's session. */
export const buyer = procedureFor((ctx) => {
  const caller = sessionCaller(ctx);
  if (ctx.api.checkoutPlace === 'operator') demandOperator(ctx);
  return { caller };
});

/** A shopper, or the operator on behalf of a shopper's session, who may choose a longer payment window. */
export const beginner = procedureFor((ctx) => {
  const caller = sessionCaller(ctx);
  return { caller: ctx.operator ? ({ ...caller, byOperator: true } as const) : caller };
});

/**
 * The session that an input names: whoever knows a session's id may speak for it. Refused `invalid_input` for an id that
 * is no session, or no more: what a caller may do with it by a header, they may do with it here.
 */
export function namedSession({ api }: Context, field: string, sessionId: string): SessionCaller {
  const session = api.sessions.open(sessionId);
  if (!session) throw new RefusalError(invalidInput(field, 'is not a session, or has expired'));
  return callerOf(session);
}

/** Calls a mutation with its input and, apart from it, who asks under which key. */
export async function mutate<I, O>(
  service: (input: I, call: Call) => Promise<Result<O>>,
  caller: Caller,
  { idempotencyKey, ...input }: I & { idempotencyKey?: string | undefined },
): Promise<O> {
  const call: Call = idempotencyKey === undefined ? { caller } : { caller, idempotencyKey };
  return unwrap(await service(input as I, call));
}
