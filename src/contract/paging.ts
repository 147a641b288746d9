import { invalid, type Result } from './refusals.ts';
import type { PageInput } from './inputs.ts';

export const PAGE_ITEMS_MAX = 500;
const PAGE_ITEMS_DEFAULT = 100;

type Part = string | number;

/** An opaque cursor of the list `list`: it says which parts the next page starts behind. */
export const encodeCursor = (list: string, parts: readonly Part[]): string =>
  Buffer.from(JSON.stringify([list, ...parts])).toString('base64url');

/**
 * The parts of a cursor that `encodeCursor` made for the same list, of the kinds of `shape`; null without a cursor.
 * Anything else is refused as `invalid_input`: a cursor comes from outside.
 */
export function decodeCursor<S extends readonly Part[]>(
  list: string,
  shape: { readonly [I in keyof S]: S[I] extends string ? 'string' : 'number' },
  cursor: string | undefined,
): Result<S | null> {
  if (cursor === undefined) return { ok: true, value: null };
  const parts = parseCursor(cursor);
  const fits =
    parts?.length === shape.length + 1 &&
    parts[0] === list &&
    shape.every((kind, index) => typeof parts[index + 1] === kind);
  if (!fits) return invalid('cursor', 'is not a cursor of this list');
  return { ok: true, value: parts.slice(1) as unknown as S };
}

function parseCursor(cursor: string): unknown[] | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    return Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

/** The page's size, 1 to 500; refused as `invalid_input` otherwise. */
export function pageLimit({ limit = PAGE_ITEMS_DEFAULT }: PageInput): Result<number> {
  if (Number.isInteger(limit) && limit >= 1 && limit <= PAGE_ITEMS_MAX) return { ok: true, value: limit };
  return invalid('limit', `takes 1 to ${PAGE_ITEMS_MAX}`);
}

/** Cuts what was read with one item more than the page holds, which shows whether another page follows. */
export function cutPage<T, V>(
  read: readonly T[],
  limit: number,
  view: (item: T) => V,
  cursorOf: (last: T) => string,
): { items: V[]; nextCursor?: string } {
  const items = read.slice(0, limit);
  const last = items.at(-1);
  const page = { items: items.map(view) };
  return read.length > limit && last !== undefined ? { ...page, nextCursor: cursorOf(last) } : page;
}
