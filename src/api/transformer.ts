import { deserialize, type SuperJSONResult, serialize } from 'superjson';

/**
 * superjson on the server's side of the wire.
 *
 * Inputs are plain JSON, so of superjson's types only those that a JavaScript client sends for plain values are taken:
 * `undefined`, and the numbers that JSON lacks (which the schemas then refuse or normalise). The others would let a
 * caller name a type to build: a typed array of a length of their choice, a regular expression.
 *
 * Answers hold nothing but JSON, so the walk over each of them is saved; the result is what superjson would write.
 */
export const serverTransformer = {
  input: {
    serialize: (value: unknown) => serialize(value),
    deserialize: deserializeInput,
  },
  output: {
    serialize: (value: unknown) => ({ json: value }),
    deserialize: (value: SuperJSONResult): unknown => deserialize(value),
  },
};

const PLAIN_TYPES = new Set(['undefined', 'number']);

/**
 * Returns the input that a payload holds, and `undefined` for `{}`: a call whose input is left out. Throws `TypeError` for
 * other payloads without `json`, unlike superjson. It would drop the fields of a caller who forgot the envelope, an
 * idempotency key among them.
 */
function deserializeInput(payload: unknown): unknown {
  if (!isRecord(payload)) throw new TypeError('an input is {"json": ...}');
  if (!('json' in payload)) {
    if (Object.keys(payload).length > 0) throw new TypeError('an input is {"json": ...}');
    return undefined;
  }
  const values = isRecord(payload.meta) ? payload.meta.values : undefined;
  if (values === undefined || values === null) return payload.json;
  if (!namesPlainTypes(values)) throw new TypeError('an input is of plain values');
  // Referential equalities are left out: without them each place holds its own copy, which is as good for an input.
  return deserialize({ json: payload.json as never, meta: { values: values as never, v: 1 } });
}

/** superjson's tree of annotations: a list is `[type, children?]`, an object maps paths to such lists or objects. */
function namesPlainTypes(tree: unknown): boolean {
  if (Array.isArray(tree)) return tree.length === 1 && PLAIN_TYPES.has(tree[0]);
  return isRecord(tree) && Object.values(tree).every(namesPlainTypes);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
