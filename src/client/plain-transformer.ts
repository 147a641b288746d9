/**
 * Sends and reads plain JSON in the form of superjson, without its 4 kB. All inputs and answers of the server are plain
 * JSON.
 */
export const plainTransformer = {
  serialize: (input: unknown): { json?: unknown } => (input === undefined ? {} : { json: sendable(input) }),
  deserialize: (answer: { json?: unknown }): unknown => answer.json,
};

/**
 * Returns the input with `NaN` and the infinities as text, which the server refuses. JSON has `null` for them, and for
 * some fields `null` is a value: it clears the limit of a SKU.
 */
function sendable(input: unknown): unknown {
  const text = JSON.stringify(input, (_, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
  );
  return JSON.parse(text) as unknown;
}
