import { TRPCError } from '@trpc/server';
import { TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc';
import type { TRPC_ERROR_CODE_KEY } from '@trpc/server/rpc';
import { ZodError } from 'zod';
import { Abandoned, BatcherError, Overloaded } from '../actor/batcher-errors.ts';
import { OutcomeUnknown, StoreIsFull, TooManyWatchers, type Result } from '../contract/calls/call.ts';
import { StoreError } from '../store/store.ts';
import { type Issue, wireRow, type WireRefusal } from '../contract/calls/wire-refusals.ts';

const RETRY_OVERLOADED_MS = 500;
/** The retry delay while the store is full. It is longer, because an operator has to make room. */
const RETRY_FULL_MS = 10_000;
/** The retry delay if there are too many watchers. It is longer, because watchers stay connected. */
const RETRY_WATCH_MS = 10_000;
const ISSUES_MAX = 20;
const ISSUE_PATH_CHARS_MAX = 200;
/** The longest message names all scopes. */
const ISSUE_MESSAGE_CHARS_MAX = 400;

/**
 * Carries a refusal through tRPC, which supports only exceptions. It has no stack, because the reason is enough and the
 * stack would be six sevenths of the cost of a refusal. Most calls are refused when a sale is sold out.
 */
export class RefusalError extends TRPCError {
  readonly refusal: WireRefusal;

  constructor(refusal: WireRefusal) {
    const { code, message } = wireRow(refusal);
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super({ code, message });
    Error.stackTraceLimit = stackTraceLimit;
    this.refusal = refusal;
  }
}

/** Returns the value of a result. Throws `RefusalError` for a refusal. */
export function unwrap<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new RefusalError(result.refusal);
}

export const invalidInput = (path: string, message: string): WireRefusal => ({
  reason: 'invalid_input',
  meta: { issues: [{ path, message }] },
});

/** Returns the refusal that the client receives for an error. The log has the error itself under `requestId`. */
export function refusalOf(error: unknown, requestId: string): WireRefusal {
  if (error instanceof RefusalError) return error.refusal;
  const cause = error instanceof TRPCError ? (error.cause ?? error) : error;
  if (cause instanceof RefusalError) return cause.refusal;
  if (cause instanceof ZodError) return { reason: 'invalid_input', meta: { issues: issuesOf(cause) } };
  return outageOf(cause) ?? libraryRefusal(error) ?? { reason: 'internal', meta: { requestId } };
}

/** Returns the refusal for an outage, which services throw; null for other errors. */
function outageOf(cause: unknown): WireRefusal | null {
  if (cause instanceof OutcomeUnknown) {
    return { reason: 'outcome_unknown', meta: { idempotencyKey: cause.idempotencyKey } };
  }
  // The client of an abandoned call has left. The refusal is only counted.
  if (cause instanceof Abandoned || cause instanceof Overloaded)
    return { reason: 'overloaded', meta: { retryAfterMs: RETRY_OVERLOADED_MS } };
  if (cause instanceof StoreIsFull) return { reason: 'overloaded', meta: { retryAfterMs: RETRY_FULL_MS } };
  if (cause instanceof TooManyWatchers) return { reason: 'overloaded', meta: { retryAfterMs: RETRY_WATCH_MS } };
  if (cause instanceof StoreError && cause.fault === 'regressed') return { reason: 'store_regressed', meta: {} };
  if (cause instanceof BatcherError && !cause.wasSent) return { reason: 'store_unavailable', meta: {} };
  if (cause instanceof StoreError && (cause.fault === 'unavailable' || cause.fault === 'closed')) {
    return { reason: 'store_unavailable', meta: {} };
  }
  return null;
}

/** Returns the refusal for an error of tRPC itself, without its message, which may quote parsers and content types. */
function libraryRefusal(error: unknown): WireRefusal | null {
  if (!(error instanceof TRPCError)) return null;
  switch (error.code) {
    case 'BAD_REQUEST':
    case 'PARSE_ERROR':
      return invalidInput('', 'the request is not a tRPC call with a superjson input');
    case 'NOT_FOUND':
      return { reason: 'not_found', meta: {} };
    case 'METHOD_NOT_SUPPORTED':
      return { reason: 'method_not_allowed', meta: {} };
    case 'PAYLOAD_TOO_LARGE':
      return { reason: 'payload_too_large', meta: {} };
    case 'UNSUPPORTED_MEDIA_TYPE':
      return { reason: 'unsupported_media_type', meta: {} };
    default:
      return null;
  }
}

/** Returns the issues by field, each of them once, without values, because a value may be long or a secret. */
export function issuesOf(error: ZodError): Issue[] {
  const issues = new Map<string, Issue>();
  for (const issue of error.issues) {
    const path = issue.path.map(String).join('.').slice(0, ISSUE_PATH_CHARS_MAX);
    const message = issue.message.slice(0, ISSUE_MESSAGE_CHARS_MAX);
    // Two checks of a field may have the same message: for zod, a number beyond 2^53 is not whole, and also too big.
    issues.set(`${path}\n${message}`, { path, message });
    if (issues.size === ISSUES_MAX) break;
  }
  return [...issues.values()];
}

/** `requestId` is that of `X-Request-ID`. It is in the log, and in the records that a call has changed. */
export type WireErrorData = {
  code: TRPC_ERROR_CODE_KEY;
  httpStatus: number;
  path: string;
  requestId: string;
} & WireRefusal;

/** `error.json` of an answer. */
export interface WireErrorShape {
  message: string;
  /** tRPC's number for `data.code`. */
  code: (typeof TRPC_ERROR_CODES_BY_KEY)[TRPC_ERROR_CODE_KEY];
  data: WireErrorData;
}

/** Returns a refusal in the form of tRPC's errors, which all errors outside of REST have. */
export function wireError(refusal: WireRefusal, path: string, requestId: string): WireErrorShape {
  const { httpStatus, code, message } = wireRow(refusal);
  return { message, code: TRPC_ERROR_CODES_BY_KEY[code], data: { code, httpStatus, path, requestId, ...refusal } };
}
