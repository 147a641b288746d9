import { createTRPCClient, httpBatchLink, type TRPCClient, TRPCClientError } from '@trpc/client';
import { SuperJSON } from 'superjson';
import type { AppRouter, Inputs, Outputs } from '../api/router.ts';
import type { MetaOf, Reason, WireRefusal } from '../api/wire-refusals.ts';

export type { AppRouter, Inputs, MetaOf, Outputs, Reason, WireRefusal };

/** The server takes no more calls in one request. */
const BATCH_CALLS_MAX = 50;
/** Well within what servers and proxies take as a URL; more queries than fit go in requests of their own. */
const URL_CHARS_MAX = 8_000;

export interface ClientOptions {
  /** Where the server is, without `/trpc`: `https://stock.shop.example`. */
  url: string;
  /** The shopper's session, or how to find it: it is asked for before every request. */
  sessionId?: string | (() => string | undefined);
  /** Never in a browser: whoever has it can change the stock. */
  operatorKey?: string;
  /** Sent with every request. */
  headers?: Record<string, string>;
  /** Instead of the global `fetch`. */
  fetch?: NonNullable<Parameters<typeof httpBatchLink<AppRouter>>[0]['fetch']>;
}

export type HoldfastClient = TRPCClient<AppRouter>;

/**
 * A client typed by the server's own router: `client.cart.add.mutate({ sku, quantity: 1 })`. Calls made in the same tick
 * share a request. A refusal rejects with an error for `isRefusal`.
 */
export function createHoldfastClient({ url, sessionId, operatorKey, headers, fetch }: ClientOptions): HoldfastClient {
  const currentSession = typeof sessionId === 'function' ? sessionId : () => sessionId;
  return createTRPCClient<AppRouter>({
    links: [
      httpBatchLink({
        url: `${url.replace(/\/+$/, '')}/trpc`,
        transformer: SuperJSON,
        maxItems: BATCH_CALLS_MAX,
        maxURLLength: URL_CHARS_MAX,
        ...(fetch ? { fetch } : {}),
        headers: (): Record<string, string> => {
          const session = currentSession();
          return {
            ...headers,
            ...(session === undefined ? {} : { 'x-session-id': session }),
            ...(operatorKey === undefined ? {} : { authorization: `Bearer ${operatorKey}` }),
          };
        },
      }),
    ],
  });
}

/** What the server answered, as opposed to a network that failed: its `data` says which reason, and its `meta` follows. */
export type RefusedError<R extends Reason = Reason> = TRPCClientError<AppRouter> & {
  data: Extract<WireRefusal, { reason: R }>;
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
