import { initTRPC } from '@trpc/server';
import type { Call, Caller } from '../service/inputs.ts';
import type { Result } from '../service/refusals.ts';
import { callerOf, type Context, OPERATOR, type SessionCaller } from './context.ts';
import { serverTransformer } from './transformer.ts';
import { invalidInput, RefusalError, refusalOf, unwrap, wireError } from './wire-errors.ts';

const t = initTRPC.context<Context>().create({
  transformer: serverTransformer,
  // tRPC would add stacks to answers wherever NODE_ENV is not production.
  isDev: false,
  errorFormatter: ({ error, path, ctx }) => wireError(refusalOf(error, ctx?.requestId ?? 'unknown'), path ?? ''),
});

export const router = t.router;

/** Anyone may call it. The base of all others, so that every call is observed, refused ones too. */
export const anyone = t.procedure.use(async ({ ctx, path, next }) => {
  const start = performance.now();
  const result = await next();
  const outcome = result.ok ? 'ok' : refusalOf(result.error, ctx.requestId).reason;
  ctx.observeCall({ path, outcome, ms: performance.now() - start });
  return result;
});

// Who may call is decided before the input is looked at: these come before `.input(...)`.

const sessionCaller = (ctx: Context): Caller => {
  if (ctx.session) return callerOf(ctx.session);
  throw new RefusalError({ reason: 'session_required', meta: {} });
};

const demandOperator = (ctx: Context): void => {
  if (!ctx.operator) throw new RefusalError({ reason: 'not_authorized', meta: {} });
};

/** A shopper, for their own cart and orders. */
export const shopper = anyone.use(({ ctx, next }) => next({ ctx: { caller: sessionCaller(ctx) } }));

export const operator = anyone.use(({ ctx, next }) => {
  demandOperator(ctx);
  return next({ ctx: { caller: OPERATOR } });
});

/** The operator, or a shopper for what is their own. */
export const owner = anyone.use(({ ctx, next }) =>
  next({ ctx: { caller: ctx.operator ? OPERATOR : sessionCaller(ctx) } }),
);

/** A shopper; where only the operator may place orders, the operator on behalf of a shopper's session. */
export const buyer = shopper.use(({ ctx, next }) => {
  if (ctx.checkoutPlace === 'operator') demandOperator(ctx);
  return next();
});

/**
 * The session that an input names: whoever knows a session's id may speak for it. Refused `invalid_input` for an id that
 * is no session, or no more: what a caller may do with it by a header, they may do with it here.
 */
export function namedSession({ sessions }: Context, field: string, sessionId: string): SessionCaller {
  const session = sessions.open(sessionId);
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
