import type { RestOperation } from './rest-operations.ts';
import { invalidInput, RefusalError } from '../wire-errors.ts';

const INTEGER = /^-?\d{1,16}$/;

/** The parts of a request that an input is read from. */
interface RestRequest {
  /** The fields in the path, decoded. */
  fields: Readonly<Record<string, string>>;
  query: URLSearchParams;
  /** The body of a POST or PUT, or an empty text. */
  body: string;
  /** The values of all `Idempotency-Key` headers. */
  idempotencyKeys: readonly string[];
}

/**
 * Returns the input of a procedure: the fields of the path, the query of a GET or DELETE or the body of a POST or PUT,
 * and the key of the header. The procedure validates it. Throws `RefusalError` for a body that is not a JSON object,
 * and for a field that is given twice, because it is ambiguous.
 */
export function inputOf(operation: RestOperation, { fields, query, body, idempotencyKeys }: RestRequest): unknown {
  const takesBody = operation.method === 'POST' || operation.method === 'PUT';
  if (takesBody && query.size > 0) throw new RefusalError(invalidInput('', `a ${operation.method} takes no query`));
  const input = takesBody ? jsonObjectIn(body) : fromQuery(operation, query);
  for (const [name, value] of Object.entries(fields)) {
    if (Object.hasOwn(input, name)) throw new RefusalError(invalidInput(name, 'is given in the path already'));
    input[name] = value;
  }
  const [idempotencyKey] = idempotencyKeys;
  if (idempotencyKey === undefined || operation.type === 'query') return input;
  // Node joins repeated headers to a third key: a call whose header a proxy doubles on a retry would then run twice.
  if (idempotencyKeys.length > 1) throw new RefusalError(invalidInput('idempotencyKey', 'is given twice'));
  if (Object.hasOwn(input, 'idempotencyKey') && input.idempotencyKey !== idempotencyKey) {
    throw new RefusalError(invalidInput('idempotencyKey', 'is another one than the header Idempotency-Key'));
  }
  return { ...input, idempotencyKey };
}

function jsonObjectIn(body: string): Record<string, unknown> {
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

/** Reads the query. A value of the wrong type stays text, so that the procedure's own message refuses it. */
function fromQuery({ parameters }: RestOperation, query: URLSearchParams): Record<string, unknown> {
  const input: Record<string, unknown> = Object.create(null);
  for (const name of new Set(query.keys())) {
    const values = query.getAll(name);
    const kind = parameters.get(name);
    if (kind === 'list') input[name] = values.flatMap(textsIn);
    else if (values.length > 1) throw new RefusalError(invalidInput(name, 'is given twice'));
    else input[name] = parsedParameter(values[0] ?? '', kind);
  }
  return input;
}

/** Returns the texts of a comma-separated list, or of a JSON array, whose texts may contain commas. */
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

function parsedParameter(text: string, kind: string | undefined): unknown {
  if (kind === 'integer' && INTEGER.test(text)) return Number(text);
  if (kind === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}
