import { initTRPC } from '@trpc/server';
import type { AccessKey } from '../contract/calls/access-key.ts';
import type { Caller, Mutation, OwnQuery, Query } from '../contract/calls/call.ts';
import { scopeOf } from '../contract/calls/scopes.ts';
import type { Scope } from '../contract/scope-names.ts';
import type { Holdfast } from '../shop/holdfast.ts';
import { callerOf, type Context, keyHolderOf, type SessionCaller, tracedCaller } from './callers/context.ts';
import { serverTransformer } from './transformer.ts';
import { invalidInput, RefusalError, refusalOf, unwrap, wireError } from './wire-errors.ts';
import { wireRow, type WireRefusal } from '../contract/calls/wire-refusals.ts';
import type { OpenSpan } from '../transact/tracing.ts';

/** The settings of subscriptions. `ping` keeps proxies from closing an idle connection. */
export const SSE = {
  ping: { enabled: true, intervalMs: 15_000 },
  /** Sent to clients, which reconnect when nothing has arrived for this long. */
  client: { reconnectAfterInactivityMs: 45_000 },
};

/** Decides who may call a procedure. The fast path runs it too, without tRPC's middlewares. */
export interface Guard<C extends Caller | null = Caller | null> {
  /** Returns the caller of the procedure `path`, or throws `RefusalError`. It runs before the input is read. */
  admit: (ctx: Context, path: string) => C;
  /** Throws `RefusalError` for an input that the caller may not send, whether it is valid or not. */
  demand?: ((ctx: Context, path: string, rawInput: unknown) => void) | undefined;
}

/** The request ids of errors from before there is a context, such as a batch that cannot be read. */
const earlyErrors = new WeakMap<Error, string>();

/** Notes the request of an error that tRPC is about to answer. */
export const noteEarlyError = (error: Error, requestId: string): unknown => earlyErrors.set(error, requestId);

const t = initTRPC
  .context<Context>()
  .meta<Guard>()
  .create({
    transformer: serverTransformer,
    sse: SSE,
    errorFormatter: ({ error, path = '', ctx }) => {
      const requestId = ctx?.requestId ?? earlyErrors.get(error) ?? 'unknown';
      return wireError(refusalOf(error, requestId), path, requestId);
    },
  });

export const router = t.router;

/** Begins the span of a call; null if no spans are recorded. */
export const spanOf = ({ api, requestId, parent }: Context, procedure: string): OpenSpan | null =>
  api.tracing && parent ? api.tracing.request({ procedure, requestId, parent }) : null;

/** Returns a procedure builder for the callers that `guard` admits. Every call is observed, refused ones too. */
const procedureFor = <C extends Caller | null>(guard: Guard<C>) =>
  t.procedure.meta(guard).use(async ({ ctx, path, next, getRawInput }) => {
    const start = performance.now();
    const span = spanOf(ctx, path);
    const observe = (refusal: WireRefusal | null): void => {
      const outcome = refusal?.reason ?? 'ok';
      ctx.api.observeCall({ path, outcome, ms: performance.now() - start, from: ctx });
      span?.answered(outcome, refusal ? wireRow(refusal).httpStatus : 200);
    };
    if (ctx.gate) await ctx.gate.enter();
    try {
      const caller = tracedCaller(guard.admit(ctx, path), span?.context ?? null);
      if (guard.demand) guard.demand(ctx, path, await getRawInput());
      const result = await next({ ctx: { caller } });
      observe(result.ok ? null : refusalOf(result.error, ctx.requestId));
      return result;
    } catch (error) {
      observe(refusalOf(error, ctx.requestId));
      throw error;
    } finally {
      ctx.gate?.leave();
    }
  });

/** Throws `RefusalError` for a session or a client that an operator has blocked. */
export function demandNotBlocked({ api, session, client }: Context): void {
  if (!api.sessions.isBlocked(session, client)) return;
  throw new RefusalError({ reason: 'not_authorized', meta: { credentials: 'insufficient' } });
}

const demandSession = (ctx: Context): Caller => {
  demandNotBlocked(ctx);
  if (ctx.session) return callerOf(ctx.session, ctx);
  throw new RefusalError({ reason: 'session_required', meta: {} });
};

type KeyContext = Pick<Context, 'key' | 'hasCredentials'> & { api: Pick<Context['api'], 'keys'> };

/** Returns the key of an `Authorization` header, as `demandScope` needs it. */
export const keyContext = (api: KeyContext['api'], authorization: string | undefined): KeyContext => ({
  api,
  key: authorization === undefined ? null : api.keys.of(authorization),
  hasCredentials: authorization !== undefined,
});

/** Whether the request has a key with the scope that `path` needs. */
function hasScope(key: AccessKey | null, path: string): boolean {
  const scope = scopeOf(path);
  return key !== null && (scope === null || key.scopes.has(scope));
}

/**
 * Returns the key of a request, which has the scope. Throws `RefusalError` otherwise: 401 without credentials, 403 with
 * a wrong key or one that lacks the scope, and 503 if the key may be valid but the keys cannot be read.
 */
export function demandScope({ api, key, hasCredentials }: KeyContext, scope: Scope | null): AccessKey {
  if (key && (scope === null || key.scopes.has(scope))) return key;
  if (!key && hasCredentials && api.keys.isUncertain) throw new RefusalError({ reason: 'store_unavailable', meta: {} });
  const credentials = hasCredentials ? 'insufficient' : 'missing';
  const lacking = key && scope !== null ? { scope } : {};
  throw new RefusalError({ reason: 'not_authorized', meta: { credentials, ...lacking } });
}

/** Admits everyone except a blocked client. A client with a valid key is never refused as blocked. */
const admitAnyone = (ctx: Context): null => {
  if (!ctx.key) demandNotBlocked(ctx);
  return null;
};

export const anyone = procedureFor({ admit: admitAnyone });

/** Anyone. Only a key may name a customer; others are refused even if the name is invalid. */
export const newcomer = procedureFor({
  admit: admitAnyone,
  demand: (ctx, path, input) => {
    if (typeof input === 'object' && input !== null && 'customerId' in input) demandScope(ctx, scopeOf(path));
  },
});

/** A shopper, for their own cart and orders. */
export const shopper = procedureFor({ admit: demandSession });

/** A key with the scope of the procedure: `ACCESS`. */
export const operator = procedureFor({ admit: (ctx, path) => keyHolderOf(demandScope(ctx, scopeOf(path)), ctx) });

/** Only `OPERATOR_KEY`, which is valid for all shops of the process. */
export const root = procedureFor({
  admit: (ctx) => {
    const key = demandScope(ctx, null);
    if (key.keyId === null) return keyHolderOf(key, ctx);
    throw new RefusalError({ reason: 'not_authorized', meta: { credentials: 'insufficient' } });
  },
});

/** A key with the scope of the procedure, or a shopper for their own orders. */
export const owner = procedureFor({
  admit: (ctx, path) => {
    const isHolder = hasScope(ctx.key, path) || (ctx.key && !ctx.session);
    return isHolder ? keyHolderOf(demandScope(ctx, scopeOf(path)), ctx) : demandSession(ctx);
  },
});

/** A shopper. With `CHECKOUT_PLACE=operator`, only a key with the scope, on behalf of a shopper's session. */
export const buyer = procedureFor({
  admit: (ctx, path) => {
    const caller = demandSession(ctx);
    if (ctx.api.checkoutPlace === 'operator') demandScope(ctx, scopeOf(path));
    return hasScope(ctx.key, path) ? { ...caller, byOperator: true as const } : caller;
  },
});

/** A shopper, or a key on behalf of a shopper's session. A key with the scope may choose a longer payment window. */
export const beginner = procedureFor({
  admit: (ctx, path) => {
    const caller = demandSession(ctx);
    return hasScope(ctx.key, path) ? { ...caller, byOperator: true as const } : caller;
  },
});

/**
 * Returns the session that an input names. A session's id authorizes in an input as it does in the header. Throws
 * `RefusalError` (`invalid_input`) for an id that is not a session, or that has expired.
 */
export function namedSession({ api }: Context, field: string, sessionId: string): SessionCaller {
  const session = api.sessions.open(sessionId);
  if (!session || api.sessions.isBlocked(session, undefined))
    throw new RefusalError(invalidInput(field, 'is not a session, or has expired'));
  return callerOf(session);
}

/** Calls a mutation with its input and, separately, the caller and the idempotency key. Throws `RefusalError`. */
export async function mutate<I, O>(
  service: Mutation<I, O>,
  caller: Caller,
  keyed: I & { idempotencyKey?: string | undefined },
): Promise<O> {
  if (keyed.idempotencyKey === undefined) return unwrap(await service(keyed, { caller }));
  const { idempotencyKey, ...input } = keyed;
  return unwrap(await service(input as I, { caller, idempotencyKey }));
}

/** Returns the resolver of a mutation whose input is that of its service. */
export const changes =
  <I, O>(serviceOf: (shop: Holdfast) => Mutation<I, O>) =>
  ({ ctx, input }: { ctx: CallerContext; input: I & { idempotencyKey?: string | undefined } }): Promise<O> =>
    mutate(serviceOf(ctx.holdfast), ctx.caller, input);

/** Returns the resolver of a query whose input is that of its service. */
export const answers =
  <I, O>(serviceOf: (shop: Holdfast) => Query<I, O>) =>
  async ({ ctx, input }: { ctx: Pick<Context, 'holdfast'>; input: I }): Promise<O> =>
    unwrap(await serviceOf(ctx.holdfast)(input));

/** Returns the resolver of a query whose answer depends on the caller. */
export const ownAnswers =
  <I, O>(serviceOf: (shop: Holdfast) => OwnQuery<I, O>) =>
  async ({ ctx, input }: { ctx: CallerContext; input: I }): Promise<O> =>
    unwrap(await serviceOf(ctx.holdfast)(input, { caller: ctx.caller }));

type CallerContext = Pick<Context, 'holdfast'> & { caller: Caller };
