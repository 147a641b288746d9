import type { TRPCClientError } from '@trpc/client';
import type { AppRouter } from './wire-types.ts';

/** How often and when a call is retried. Times are in milliseconds. */
export interface RetryOptions {
  /** The most attempts, including the first one. */
  attemptsMax?: number;
  /** The first delay is random from 0 to this. The bound doubles with each further attempt. */
  delayMsFirst?: number;
  /** The longest delay. If the server requests a longer one, the call is not retried. */
  delayMsMax?: number;
  /** No attempt begins later than this after the first one. */
  totalMsMax?: number;
  /** For tests: another clock and another source of randomness. */
  timing?: RetryTiming;
}

export interface RetryTiming {
  now(): number;
  /** Returns a number from 0 to 1, like `Math.random`. */
  random(): number;
  /** Calls `callback` after the delay. The returned function cancels it. */
  after(delayMs: number, callback: () => void): () => void;
}

export type RetryPolicy = Required<RetryOptions>;

export const RETRY_DEFAULTS: RetryPolicy = {
  attemptsMax: 5,
  delayMsFirst: 250,
  delayMsMax: 8_000,
  totalMsMax: 30_000,
  timing: {
    now: () => Date.now(),
    random: () => Math.random(),
    after: (delayMs, callback) => {
      const timer = setTimeout(callback, delayMs);
      return () => clearTimeout(timer);
    },
  },
};

const TRANSIENT = new Set<number | undefined>([429, 503, 504]);

/** Returns whether a retry may succeed. The call's own status counts, not that of its batch. */
export function isTransient(error: TRPCClientError<AppRouter>): boolean {
  const own = error.data?.httpStatus;
  return TRANSIENT.has(own ?? responseOf(error)?.status);
}

/**
 * Returns the delay before the next attempt in milliseconds; null: no further attempt. A random part is always added to
 * the delay that the server requests, so that clients with the same answer do not retry at the same instant.
 */
export function delayMsOf(
  error: TRPCClientError<AppRouter>,
  attempts: number,
  elapsedMs: number,
  { attemptsMax, delayMsFirst, delayMsMax, totalMsMax, timing }: RetryPolicy,
): number | null {
  if (attempts >= attemptsMax) return null;
  const requestedMs = requestedDelayMs(error, timing.now());
  if (requestedMs > delayMsMax) return null;
  const jitterMs = timing.random() * Math.min(delayMsMax, delayMsFirst * 2 ** (attempts - 1));
  const delayMs = Math.min(delayMsMax, requestedMs + jitterMs);
  return elapsedMs + delayMs > totalMsMax ? null : delayMs;
}

function requestedDelayMs(error: TRPCClientError<AppRouter>, now: number): number {
  const { data } = error;
  if (data && 'retryAfterMs' in data.meta) return data.meta.retryAfterMs;
  const header = responseOf(error)?.retryAfter ?? null;
  if (header === null) return 0;
  // The header has seconds or an HTTP date.
  const requestedMs = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - now;
  // Too many digits become Infinity. A text that is neither becomes NaN.
  return Number.isNaN(requestedMs) ? 0 : Math.max(0, requestedMs);
}

function responseOf({
  cause,
  meta,
}: TRPCClientError<AppRouter>): Pick<UnreadableAnswer, 'status' | 'retryAfter'> | null {
  if (cause instanceof UnreadableAnswer) return cause;
  const response = meta?.response as Response | undefined;
  return response ? { status: response.status, retryAfter: response.headers.get('retry-after') } : null;
}

/** The answer does not come from the server. Usually it is a proxy's own page. */
class UnreadableAnswer extends Error {
  readonly status: number;
  /** The `Retry-After` header of the answer, unparsed. */
  readonly retryAfter: string | null;

  constructor(status: number, retryAfter: string | null) {
    super(`The answer has status ${status} and is not JSON.`);
    this.name = 'UnreadableAnswer';
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

export type Fetch = typeof globalThis.fetch;

/** Returns a `fetch` that rejects with `UnreadableAnswer` if the answer is not JSON. tRPC's own error has no status. */
export const readableOnly = (fetch: Fetch) => async (input: Parameters<Fetch>[0], init?: object) => {
  const response = await fetch(input, init);
  if (/\bjson\b/i.test(response.headers.get('content-type') ?? '')) return response;
  await response.body?.cancel();
  throw new UnreadableAnswer(response.status, response.headers.get('retry-after'));
};
