import type { TRPCClientError } from '@trpc/client';
import type { AppRouter } from '../api/router.ts';
import { UnreadableAnswer } from './unreadable-answer.ts';

/** How long and how often to ask again. Times are milliseconds. */
export interface RetryOptions {
  /** Calls in all, the first included. */
  attemptsMax?: number;
  /** The first wait is at random from 0 to this, and each later bound is twice the one before. */
  delayMsFirst?: number;
  /** No wait is longer. A server that asks for a longer one is not asked again. */
  delayMsMax?: number;
  /** No call is made later than this after the first. */
  totalMsMax?: number;
  /** For tests: another clock, another chance. */
  timing?: RetryTiming;
}

export interface RetryTiming {
  now(): number;
  /** From 0 to 1, as `Math.random`. */
  random(): number;
  /** Calls back later, unless what it returns is called before. */
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

/** Whether the same call may well be answered otherwise soon: its own status counts, not that of the batch it was in. */
export function isTransient(error: TRPCClientError<AppRouter>): boolean {
  const own = error.data?.httpStatus;
  return TRANSIENT.has(own ?? responseOf(error)?.status);
}

/**
 * How long to wait before the call is made once more; null for not at all. A random part is always added to what the
 * server asks for: all whom it told the same would come back at the same instant.
 */
export function delayMsOf(
  error: TRPCClientError<AppRouter>,
  attempts: number,
  elapsedMs: number,
  { attemptsMax, delayMsFirst, delayMsMax, totalMsMax, timing }: RetryPolicy,
): number | null {
  if (attempts >= attemptsMax) return null;
  const askedMs = askedDelayMs(error, timing.now());
  if (askedMs > delayMsMax) return null;
  const jitterMs = timing.random() * Math.min(delayMsMax, delayMsFirst * 2 ** (attempts - 1));
  const delayMs = Math.min(delayMsMax, askedMs + jitterMs);
  return elapsedMs + delayMs > totalMsMax ? null : delayMs;
}

function askedDelayMs(error: TRPCClientError<AppRouter>, now: number): number {
  const { data } = error;
  if (data && 'retryAfterMs' in data.meta) return data.meta.retryAfterMs;
  const header = responseOf(error)?.retryAfter ?? null;
  if (header === null) return 0;
  // Seconds, or a date of HTTP.
  const askedMs = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - now;
  // Digits without end are Infinity, the longest wait; what is neither seconds nor a date is NaN.
  return Number.isNaN(askedMs) ? 0 : Math.max(0, askedMs);
}

function responseOf({
  cause,
  meta,
}: TRPCClientError<AppRouter>): Pick<UnreadableAnswer, 'status' | 'retryAfter'> | null {
  if (cause instanceof UnreadableAnswer) return cause;
  const response = meta?.response as Response | undefined;
  return response ? { status: response.status, retryAfter: response.headers.get('retry-after') } : null;
}
