import { createTRPCClient, httpBatchLink, splitLink, TRPCClientError } from '@trpc/client';
import { idempotencyKeyOf, idempotencyLink, newIdempotencyKey } from './idempotency-link.ts';
import { plainTransformer } from './plain-transformer.ts';
import { retryLink } from './retry-link.ts';
import { type RetryOptions, type RetryTiming, type Fetch, readableOnly } from './retry-policy.ts';
import { type EventSourceClass, watchLinks } from './watch-link.ts';
import type { AppRouter, CallError, HoldfastClient, Reason, WireErrorData, WireRefusal } from './wire-types.ts';

export type { EventSourceClass, Fetch, RetryOptions, RetryTiming };
export type {
  CallError,
  Cart,
  CartAddition,
  CartLine,
  HoldfastClient,
  ImportReport,
  Inputs,
  LostLine,
  MetaOf,
  Money,
  Order,
  OrderLine,
  Outputs,
  Reason,
  RowChange,
  RowProblem,
  StockLevel,
  WireRefusal,
} from './wire-types.ts';
export {
  type BulkFormat,
  createHoldfastFiles,
  type ExportOptions,
  type FileClientOptions,
  type HoldfastFiles,
  type ImportFile,
  type ImportOptions,
  type ImportProgress,
} from './file-client.ts';
export { idempotencyKeyOf, newIdempotencyKey };

/** The server refuses requests with more calls. */
const CALLS_PER_REQUEST_MAX = 50;
/** Well within the limits of servers and proxies. Queries that do not fit are sent in further requests. */
const URL_CHARS_MAX = 8_000;

export interface ClientOptions {
  /** The server's URL without `/trpc`, such as `https://stock.shop.example`. */
  url: string;
  /**
   * The shopper's session id, or a function that returns it, which is called before every request. A function that
   * calls `session.create` needs another client without `sessionId`, because this client would wait for its own answer.
   */
  sessionId?: MaybeSession | Promise<MaybeSession> | (() => MaybeSession | Promise<MaybeSession>);
  /** Not for browsers: anyone who has the key can change the stock. */
  operatorKey?: string;
  /** Further headers of every request. */
  headers?: Record<string, string>;
  /** Replaces the global `fetch`. */
  fetch?: Fetch;
  /** How to retry calls after an answer with 429, 503 or 504; false: never. */
  retry?: RetryOptions | false;
  /** Replaces the global `EventSource`, which Node, Bun and React Native lack. Without one, `stock.watch` fails. */
  EventSource?: EventSourceClass;
}

type MaybeSession = string | undefined;

/**
 * Returns a client with the types of the server's router: `client.cart.add.mutate({ sku, quantity: 1 })`. Calls of the
 * same tick share a request. A refused call rejects with an error for which `isRefusal` returns true.
 *
 * Every mutation has an idempotency key, so retries are safe. This client retries after 429, 503 and 504. After a
 * network failure the caller may retry with `idempotencyKeyOf(error)`.
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
  const endpoint = `${url.replace(/\/+$/, '')}/trpc`;
  const calls = [
    idempotencyLink(),
    ...(retry === false ? [] : [retryLink(retry)]),
    httpBatchLink({
      url: endpoint,
      transformer: plainTransformer,
      maxItems: CALLS_PER_REQUEST_MAX,
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
  const subscriptions = watchLinks(endpoint, EventSource);
  const condition = ({ type }: { type: string }): boolean => type === 'subscription';
  return createTRPCClient<AppRouter>({ links: [splitLink({ condition, true: subscriptions, false: calls })] });
}

/** The error of a call that the server refused. `data.reason` determines the type of `data.meta`. */
export type RefusedError<R extends Reason = Reason> = CallError & {
  readonly data: Extract<WireErrorData, { reason: R }>;
};

/**
 * Returns whether the server refused a call, for one of the reasons if any are given:
 * `if (isRefusal(error, 'insufficient_stock')) show(error.data.meta.lines)`.
 */
export function isRefusal<R extends Reason = Reason>(error: unknown, ...reasons: R[]): error is RefusedError<R> {
  const reason = reasonOf(error);
  return reason !== null && (reasons.length === 0 || (reasons as Reason[]).includes(reason));
}

/** Returns the reason of a refused call, or null for any other error, such as a network failure. */
export function reasonOf(error: unknown): Reason | null {
  if (!(error instanceof TRPCClientError)) return null;
  const data = error.data as Partial<WireRefusal> | null | undefined;
  return data?.reason ?? null;
}
