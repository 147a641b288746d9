import { z } from 'zod';
import { type Reason, WIRE, wireRows } from '../../src/contract/calls/wire-refusals.ts';

export const REASONS = Object.keys(WIRE) as Reason[];

/** Returns the name of the schema of a refusal: `InsufficientStock`. */
const schemaName = (reason: Reason): string =>
  reason.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** The schema of the field `error` for each reason, named in the document. */
export const refusalSchemas = Object.fromEntries(REASONS.map((reason) => [schemaName(reason), refusalSchema(reason)]));

/** Returns the schema of the field `error` of a REST refusal with a reason. */
export function refusalSchema(reason: Reason): z.ZodType {
  const rows = wireRows(reason);
  return z.strictObject({
    code: z.literal(rows.map(({ code }) => code)),
    httpStatus: z.literal(rows.map(({ httpStatus }) => httpStatus)),
    reason: z.literal(reason),
    meta: WIRE[reason].meta,
    message: z.string().meta({ description: 'For people.', examples: rows.map(({ message }) => message) }),
    requestId: z.string(),
  });
}

/** Choices of refusals that most operations have, so that generated clients have one type for each. */
const NAMED_CHOICES: Readonly<Record<string, readonly Reason[]>> = {
  Busy: ['overloaded', 'rate_limited'],
  Unavailable: ['store_unavailable', 'store_regressed'],
};

const pointer = (name: string): object => ({ $ref: `#/components/schemas/${name}` });

/**
 * Returns the schema of one of these refusals. By the discriminator, generated clients know which one it is without
 * trying one after the other.
 */
function choiceOf(reasons: readonly Reason[]): object {
  const mapping = Object.fromEntries(reasons.map((reason) => [reason, `#/components/schemas/${schemaName(reason)}`]));
  const oneOf = reasons.map((reason) => pointer(schemaName(reason)));
  return { oneOf, discriminator: { propertyName: 'reason', mapping } };
}

const bodyOf = (error: object): object => ({ type: 'object', properties: { error }, required: ['error'] });

/** The bodies of all refusals: `InsufficientStockError` has `InsufficientStock` as its field `error`. */
const bodies = Object.fromEntries(
  [...REASONS.map(schemaName), ...Object.keys(NAMED_CHOICES)].map((name) => [`${name}Error`, bodyOf(pointer(name))]),
);
const choices = Object.fromEntries(Object.entries(NAMED_CHOICES).map(([name, reasons]) => [name, choiceOf(reasons)]));

/** Schemas that no schema of zod describes. */
export const REFUSAL_SCHEMAS = { ...choices, ...bodies };

/** Returns the schema of a body with one of these refusals. */
function refusalBody(reasons: readonly Reason[]): object {
  const [first, ...others] = reasons;
  if (first !== undefined && others.length === 0) return pointer(`${schemaName(first)}Error`);
  const named = Object.entries(NAMED_CHOICES).find(([, choice]) => choice.join() === reasons.join());
  return named ? pointer(`${named[0]}Error`) : bodyOf(choiceOf(reasons));
}

/** The reasons for which every call may be refused. */
export const ALWAYS: readonly Reason[] = [
  'invalid_input',
  'unsupported_media_type',
  'overloaded',
  'rate_limited',
  'internal',
  'store_unavailable',
  'store_regressed',
];

/** Refusals that most operations have. The document describes each of them once. */
const SHARED: Readonly<Record<string, { status: number; reasons: readonly Reason[] }>> = {
  InvalidInputAnswer: { status: 400, reasons: ['invalid_input'] },
  SessionRequiredAnswer: { status: 401, reasons: ['session_required'] },
  KeyRequiredAnswer: { status: 401, reasons: ['not_authorized'] },
  ForbiddenAnswer: { status: 403, reasons: ['not_authorized'] },
  PayloadTooLargeAnswer: { status: 413, reasons: ['payload_too_large'] },
  UnsupportedMediaTypeAnswer: { status: 415, reasons: ['unsupported_media_type'] },
  IdempotencyMismatchAnswer: { status: 422, reasons: ['idempotency_mismatch'] },
  BusyAnswer: { status: 429, reasons: ['overloaded', 'rate_limited'] },
  InternalAnswer: { status: 500, reasons: ['internal'] },
  UnavailableAnswer: { status: 503, reasons: ['store_unavailable', 'store_regressed'] },
  OutcomeUnknownAnswer: { status: 504, reasons: ['outcome_unknown'] },
};

export const SHARED_ANSWERS = Object.fromEntries(
  Object.entries(SHARED).map(([name, { status, reasons }]) => [name, refusalAnswer(status, reasons)]),
);

/**
 * Returns one response for each status, with the schemas of its reasons. `blocked` is `not_authorized` with 403 only.
 */
export function refusals(reasons: readonly (Reason | 'blocked')[]): Record<string, object> {
  const byStatus = new Map<number, Set<Reason>>();
  const add = (status: number, reason: Reason): void => {
    byStatus.set(status, (byStatus.get(status) ?? new Set()).add(reason));
  };
  for (const reason of reasons) {
    if (reason === 'blocked') add(403, 'not_authorized');
    else for (const { httpStatus } of wireRows(reason)) add(httpStatus, reason);
  }
  const statuses = [...byStatus].sort(([a], [b]) => a - b);
  return Object.fromEntries(statuses.map(([status, those]) => [status, answerOf(status, [...those])]));
}

function answerOf(status: number, reasons: readonly Reason[]): object {
  const isSame = (one: readonly Reason[]): boolean => one.join() === reasons.join();
  const shared = Object.entries(SHARED).find(([, each]) => each.status === status && isSame(each.reasons));
  return shared ? { $ref: `#/components/responses/${shared[0]}` } : refusalAnswer(status, reasons);
}

function refusalAnswer(status: number, reasons: readonly Reason[]): object {
  const messageOf = (reason: Reason): string =>
    wireRows(reason).find(({ httpStatus }) => httpStatus === status)?.message ?? '';
  return {
    description: reasons.map((reason) => `${reason}: ${messageOf(reason)}`).join(' '),
    ...(status === 401 && { headers: header('WWW-Authenticate', 'The credentials that are needed.', 'string') }),
    ...((status === 429 || status === 503) && { headers: header('Retry-After', 'Seconds.', 'integer') }),
    content: { 'application/json': { schema: refusalBody(reasons) } },
  };
}

function header(name: string, description: string, type: string): object {
  return { [name]: { description, schema: { type } } };
}
