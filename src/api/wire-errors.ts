import { TRPCError } from '@trpc/server';
import { TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc';
import type { TRPC_ERROR_CODE_KEY } from '@trpc/server/rpc';
import { ZodError } from 'zod';
import { Abandoned, BatcherError, Overloaded } from '../actor/batcher-errors.ts';
import { OutcomeUnknown, TooManyWatchers } from '../contract/failures.ts';
import type { Issue, Result } from '../contract/refusals.ts';
import { StoreError } from '../store/store.ts';
import { wireRow, type WireRefusal } from '../contract/wire-refusals.ts';

const RETRY_OVERLOADED_MS = 500;
/** Watchers stay. */
const RETRY_WATCH_MS = 10_000;
const ISSUES_MAX = 20;
const ISSUE_CHARS_MAX = 200;

/**
 * A refusal on its way through tRPC, which knows only exceptions. It has no stack: the reason says all, and a stack takes
 * six sevenths of what it costs to refuse a call. Most calls are refused while a sale is sold out.
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

/** The value of a service's answer; throws `RefusalError` for a refusal. */
export function unwrap<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new RefusalError(result.refusal);
}

export const invalidInput = (path: string, message: string): WireRefusal => ({
  reason: 'invalid_input',
  meta: { issues: [{ path, message }] },
});

/** What a caller is told of any error whatever. `requestId` finds the rest of it in the log. */
export function refusalOf(error: unknown, requestId: string): WireRefusal {
  if (error instanceof RefusalError) return error.refusal;
  const cause = error instanceof TRPCError ? (error.cause ?? error) : error;
  if (cause instanceof RefusalError) return cause.refusal;
  if (cause instanceof ZodError) return { reason: 'invalid_input', meta: { issues: issuesOf(cause) } };
  return failureOf(cause) ?? libraryRefusal(error) ?? { reason: 'internal', meta: { requestId } };
}

/** Outages, which the services throw. */
function failureOf(cause: unknown): WireRefusal | null {
  if (cause instanceof OutcomeUnknown) {
    return { reason: 'outcome_unknown', meta: { idempotencyKey: cause.idempotencyKey } };
  }
  // Nobody reads this answer; it is counted.
  if (cause instanceof Abandoned || cause instanceof Overloaded)
    return { reason: 'overloaded', meta: { retryAfterMs: RETRY_OVERLOADED_MS } };
  if (cause instanceof TooManyWatchers) return { reason: 'overloaded', meta: { retryAfterMs: RETRY_WATCH_MS } };
  if (cause instanceof StoreError && cause.fault === 'regressed') return { reason: 'store_regressed', meta: {} };
  if (cause instanceof BatcherError && !cause.wasSent) return { reason: 'store_unavailable', meta: {} };
  if (cause instanceof StoreError && (cause.fault === 'unavailable' || cause.fault === 'closed')) {
    return { reason: 'store_unavailable', meta: {} };
  }
  return null;
}

/** What tRPC itself refuses. Its messages quote parsers and content types, so none of them is passed on. */
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

/** Field by field, each issue once, without the values: a value may be long, or a secret. */
export function issuesOf(error: ZodError): Issue[] {
  const issues = new Map<string, Issue>();
  for (const issue of error.issues) {
    const path = issue.path.map(String).join('.').slice(0, ISSUE_CHARS_MAX);
    const message = issue.message.slice(0, ISSUE_CHARS_MAX);
    // Two checks of a field fail in the same words: a number beyond 2^53 is not whole to zod, and too big as well.
    issues.set(`${path}\n${message}`, { path, message });
    if (issues.size === ISSUES_MAX) break;
  }
  return [...issues.values()];
}

export type WireErrorData = { code: TRPC_ERROR_CODE_KEY; httpStatus: number; path: string } & WireRefusal;

/** `error.json` of an answer. */
export interface WireErrorShape {
  message: string;
  /** tRPC's own number for `data.code`. */
  code: (typeof TRPC_ERROR_CODES_BY_KEY)[TRPC_ERROR_CODE_KEY];
  data: WireErrorData;
}

/** The one form in which an error leaves the server, whatever refused it. */
export function wireError(refusal: WireRefusal, path: string): WireErrorShape {
  const { httpStatus, code, message } = wireRow(refusal);
  return { message, code: TRPC_ERROR_CODES_BY_KEY[code], data: { code, httpStatus, path, ...refusal } };
}
