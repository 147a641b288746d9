import { initTRPC } from '@trpc/server';
import type { Call, Caller } from '../contract/inputs.ts';
import type { Result } from '../contract/refusals.ts';
import { callerOf, type Context, OPERATOR, type SessionCaller } from './context.ts';
import { serverTransformer } from './transformer.ts';
import { invalidInput, RefusalError, refusalOf, unwrap, wireError } from './wire-errors.ts';
import type { Reason } from '../contract/wire-refusals.ts';

/** Subscriptions: `ping` keeps what is between the two ends from giving up an idle connection. */
export const SSE = {
  ping: { enabled: true, intervalMs: 15_000 },
  /** Told to clients: with nothing heard for so long, they connect anew. */
  client: { reconnectAfterInactivityMs: 45_000 },
};

/** How a procedure lets callers in. The direct lane reads it, because it runs procedures without tRPC's middlewares. */
export interface Guard<C extends Caller | null = Caller | null> {
  /** Returns the caller, or throws `RefusalError`. It comes before the input, so that who may call is decided first. */
  admit: (ctx: Context) => C;
  /** Throws `RefusalError` for an input that the caller may not send, valid or not. */
  demand?: ((ctx: Context, rawInput: unknown) => void) | undefined;
}

const t = initTRPC
  .context<Context>()
  .meta<Guard>()
  .create({
    transformer: serverTransformer,
    sse: SSE,
    errorFormatter: ({ error, path, ctx }) => wireError(refusalOf(error, ctx?.requestId ?? 'unknown'), path ?? ''),
  });

export const router = t.router;

/** A procedure for the callers that `guard` lets in. Every call is observed, refused ones too. */
const procedureFor = <C extends Caller | null>(guard: Guard<C>) =>
  t.procedure.meta(guard).use(async ({ ctx, path, next, getRawInput }) => {
    const start = performance.now();
    const observe = (outcome: 'ok' | Reason): void =>
      ctx.api.observeCall({ path, outcome, ms: performance.now() - start });
    try {
      const caller = guard.admit(ctx);
      if (guard.demand) guard.demand(ctx, await getRawInput());
      const result = await next({ ctx: { caller } });
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

export const anyone = procedureFor({ admit: () => null });

/** Anyone; but only the operator may name a customer, and credentials come before input: even a bad name is refused so. */
export const newcomer = procedureFor({
  admit: () => null,
  demand: (ctx, input) => {
    if (typeof input === 'object' && input !== null && 'customerId' in input) demandOperator(ctx);
  },
});

/** A shopper, for their own cart and orders. */
export const shopper = procedureFor({ admit: sessionCaller });

export const operator = procedureFor({
  admit: (ctx) => {
    demandOperator(ctx);
    return OPERATOR;
  },
});

/** The operator, or a shopper for what is their own. */
export const owner = procedureFor({ admit: (ctx) => (ctx.operator ? OPERATOR : sessionCaller(ctx)) });

/** A shopper; where only the operator may place orders, the operator on behalf of a shopper's session. */
export const buyer = procedureFor({
  admit: (ctx) => {
    const caller = sessionCaller(ctx);
    if (ctx.api.checkoutPlace === 'operator') demandOperator(ctx);
    return caller;
  },
});

/** A shopper, or the operator on behalf of a shopper's session, who may choose a longer payment window. */
export const beginner = procedureFor({
  admit: (ctx) => {
    const caller = sessionCaller(ctx);
    return ctx.operator ? { ...caller, byOperator: true as const } : caller;
  },
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
  keyed: I & { idempotencyKey?: string | undefined },
): Promise<O> {
  if (keyed.idempotencyKey === undefined) return unwrap(await service(keyed, { caller }));
  const { idempotencyKey, ...input } = keyed;
  return unwrap(await service(input as I, { caller, idempotencyKey }));
}
