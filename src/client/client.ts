import {
  createTRPCClient,
  httpBatchLink,
  httpSubscriptionLink,
  splitLink,
  type TRPCClient,
  TRPCClientError,
} from '@trpc/client';
import { SuperJSON } from 'superjson';
import type { AppRouter, Inputs, Outputs } from '../api/router.ts';
import type { WireErrorData } from '../api/wire-errors.ts';
import type { MetaOf, Reason, WireRefusal } from '../contract/wire-refusals.ts';
import type { EventSourceClass } from './event-source.ts';
import { idempotencyKeyOf, idempotencyLink, newIdempotencyKey } from './idempotency-link.ts';
import { retryLink } from './retry-link.ts';
import type { RetryOptions, RetryTiming } from './retry-policy.ts';
import { type Fetch, readableOnly } from './unreadable-answer.ts';

export type {
  AppRouter,
  EventSourceClass,
  Fetch,
  Inputs,
  MetaOf,
  Outputs,
  Reason,
  RetryOptions,
  RetryTiming,
  WireRefusal,
};
export { idempotencyKeyOf, newIdempotencyKey };

/** The server takes no more calls in one request. */
const BATCH_CALLS_MAX = 50;
/** Well within what servers and proxies take as a URL; more queries than fit go in requests of their own. */
const URL_CHARS_MAX = 8_000;

export interface ClientOptions {
  /** Where the server is, without `/trpc`: `https://stock.shop.example`. */
  url: string;
  /**
   * The shopper's session, or how to find it: it is asked for before every request. A function that asks
   * `session.create` needs another client for that, one without a session: this one would wait for its own answer.
   */
  sessionId?: MaybeSession | Promise<MaybeSession> | (() => MaybeSession | Promise<MaybeSession>);
  /** Never in a browser: whoever has it can change the stock. */
  operatorKey?: string;
  /** Sent with every request. */
  headers?: Record<string, string>;
  /** Instead of the global `fetch`. */
  fetch?: Fetch;
  /** How calls are repeated that were answered with 429, 503 or 504; false for not at all. */
  retry?: RetryOptions | false;
  /** Instead of the global `EventSource`, for subscriptions in Node: the package `eventsource` has one. */
  EventSource?: EventSourceClass;
}

type MaybeSession = string | undefined;

export type HoldfastClient = TRPCClient<AppRouter>;

/**
 * A client typed by the server's own router: `client.cart.add.mutate({ sku, quantity: 1 })`. Calls made in the same tick
 * share a request. A refusal rejects with an error for `isRefusal`.
 *
 * Every mutation is sent with an idempotency key, so repeating it is safe: this client does so for 429, 503 and 504, and
 * after a network failure the caller may, with `idempotencyKeyOf(error)`.
 */
export function createHoldfastClient(options: ClientOptions): HoldfastClient {
  const {
    url,
    sessionId,
    operatorKey,
    headers,
    fetch = (input, init) => globalThis.fetch(input, init),
    retry,
    EventSource,
  } = options;
  const currentSession = typeof sessionId === 'function' ? sessionId : () => sessionId;
  const server = { url: `${url.replace(/\/+$/, '')}/trpc`, transformer: SuperJSON };
  const calls = [
    idempotencyLink(),
    ...(retry === false ? [] : [retryLink(retry)]),
    httpBatchLink({
      ...server,
      maxItems: BATCH_CALLS_MAX,
      maxURLLength: URL_CHARS_MAX,
      fetch: readableOnly(fetch),
      headers: async (): Promise<Record<string, string>> => {
        const session = await currentSession();
        return {
          ...headers,
          ...(session === undefined ? {} : { 'x-session-id': session }),
          ...(operatorKey === undefined ? {} : { authorization: `Bearer ${operatorKey}` }),
        };
      },
    }),
  ];
  const subscriptions = httpSubscriptionLink<AppRouter, EventSourceClass>({
    ...server,
    ...(EventSource && { EventSource }),
  });
  const condition = ({ type }: { type: string }): boolean => type === 'subscription';
  return createTRPCClient<AppRouter>({ links: [splitLink({ condition, true: subscriptions, false: calls })] });
}

/** What the server answered, as opposed to a network that failed: its `data` says which reason, and its `meta` follows. */
export type RefusedError<R extends Reason = Reason> = Omit<TRPCClientError<AppRouter>, 'data'> & {
  readonly data: Extract<WireErrorData, { reason: R }>;
};

/**
 * Whether a call was refused, for one of these reasons where any are named:
 * `if (isRefusal(error, 'insufficient_stock')) show(error.data.meta.lines)`.
 */
export function isRefusal<R extends Reason = Reason>(error: unknown, ...reasons: R[]): error is RefusedError<R> {
  const reason = reasonOf(error);
  return reason !== null && (reasons.length === 0 || (reasons as Reason[]).includes(reason));
}

/** Why the server refused a call; null for any other error, a network failure for instance. */
export function reasonOf(error: unknown): Reason | null {
  if (!(error instanceof TRPCClientError)) return null;
  const data = error.data as Partial<WireRefusal> | null | undefined;
  return data?.reason ?? null;
}
