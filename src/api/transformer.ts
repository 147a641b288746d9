import { deserialize, type SuperJSONResult, serialize } from 'superjson';

/**
 * superjson on the server's side of the wire.
 *
 * Inputs are plain JSON. Of superjson's types only those are accepted that a JavaScript client sends for plain values:
 * `undefined`, and the numbers that JSON lacks (the schemas then refuse or normalize them). The other types would let a
 * caller construct objects, such as a typed array of any length or a regular expression.
 *
 * Answers are plain JSON too, so `serialize` returns what superjson would return, without walking over the value.
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
 * Returns the input in a payload, and `undefined` for `{}`, which is a call without an input. Throws `TypeError` for
 * other payloads without `json`. superjson would drop the fields of a caller who forgot the envelope, including an
 * idempotency key.
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
  // Referential equalities are ignored: for an input, copies are equivalent.
  return deserialize({ json: payload.json as never, meta: { values: values as never, v: 1 } });
}

/**
 * Returns whether superjson's tree of annotations has plain types only. A list in it is `[type, children?]`; an object
 * maps paths to such lists or objects.
 */
function namesPlainTypes(tree: unknown): boolean {
  if (Array.isArray(tree)) return tree.length === 1 && PLAIN_TYPES.has(tree[0]);
  return isRecord(tree) && Object.values(tree).every(namesPlainTypes);
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
