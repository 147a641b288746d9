import type { RestOperation } from './rest-router.ts';
import { invalidInput, RefusalError } from './wire-errors.ts';

const INTEGER = /^-?\d{1,16}$/;

/** What a request says, as it came. */
export interface RestRequest {
  /** From the path. */
  fields: Readonly<Record<string, string>>;
  query: URLSearchParams;
  /** Of a POST or PUT; empty for none. */
  body: string;
  /** The header `Idempotency-Key`, each time that it is given. */
  idempotencyKeys: readonly string[];
}

/**
 * The input of a procedure: the path's fields, the query of a GET or DELETE or the body of a POST or PUT, and the key that
 * the header gives. What it may be is the procedure's business; here is refused only what could mean two things: a field
 * that is given twice. Throws `RefusalError`.
 */
export function inputOf(operation: RestOperation, { fields, query, body, idempotencyKeys }: RestRequest): unknown {
  const takesBody = operation.method === 'POST' || operation.method === 'PUT';
  if (takesBody && query.size > 0) throw new RefusalError(invalidInput('', `a ${operation.method} takes no query`));
  const input = takesBody ? parsed(body) : fromQuery(operation, query);
  for (const [name, value] of Object.entries(fields)) {
    if (Object.hasOwn(input, name)) throw new RefusalError(invalidInput(name, 'is given in the path already'));
    input[name] = value;
  }
  const [idempotencyKey] = idempotencyKeys;
  if (idempotencyKey === undefined || operation.type === 'query') return input;
  // Joined they would be a third key: a call whose header a proxy doubles on the second try would run twice.
  if (idempotencyKeys.length > 1) throw new RefusalError(invalidInput('idempotencyKey', 'is given twice'));
  if (Object.hasOwn(input, 'idempotencyKey') && input.idempotencyKey !== idempotencyKey) {
    throw new RefusalError(invalidInput('idempotencyKey', 'is another one than the header Idempotency-Key'));
  }
  return { ...input, idempotencyKey };
}

function parsed(body: string): Record<string, unknown> {
  if (body.trim() === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new RefusalError(invalidInput('', 'the body is not JSON'));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new RefusalError(invalidInput('', 'the body is not a JSON object'));
  }
  return value as Record<string, unknown>;
}

/** Text that is no number, say, stays text: the procedure's own message says what the field takes. */
function fromQuery({ parameters }: RestOperation, query: URLSearchParams): Record<string, unknown> {
  const input: Record<string, unknown> = Object.create(null);
  for (const name of new Set(query.keys())) {
    const values = query.getAll(name);
    const kind = parameters.get(name);
    if (kind === 'list') input[name] = values.flatMap(textsIn);
    else if (values.length > 1) throw new RefusalError(invalidInput(name, 'is given twice'));
    else input[name] = valueOf(values[0] ?? '', kind);
  }
  return input;
}

/** Texts with commas between them, or a JSON array of texts, which may have commas themselves. */
function textsIn(value: string): string[] {
  const list = value.startsWith('[') ? arrayIn(value) : null;
  return list?.every((each) => typeof each === 'string') ? (list as string[]) : value.split(',');
}

function arrayIn(text: string): unknown[] | null {
  try {
    return JSON.parse(text) as unknown[];
  } catch {
    return null;
  }
}

function valueOf(text: string, kind: string | undefined): unknown {
  if (kind === 'integer' && INTEGER.test(text)) return Number(text);
  if (kind === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}
