type Json = Record<string, unknown>;

const INT32_MAX = 2 ** 31 - 1;

/**
 * Rewrites schemas for generators of typed languages: an integer that may need more than 32 bits has the format int64,
 * and the status of a refusal is an integer.
 */
export function portable(schema: unknown): void {
  if (typeof schema !== 'object' || schema === null) return;
  const node = schema as Json;
  if (node['type'] === 'number' && constantsIn(node).every(Number.isInteger)) node['type'] = 'integer';
  if (node['type'] === 'integer' && isWide(node)) node['format'] = 'int64';
  for (const part of Object.values(node)) portable(part);
}

const constantsIn = (node: Json): unknown[] =>
  'const' in node ? [node['const']] : ((node['enum'] as unknown[]) ?? [NaN]);

const isWide = ({ maximum, const: one, enum: some }: Json): boolean =>
  one === undefined && some === undefined && (typeof maximum !== 'number' || maximum > INT32_MAX);
