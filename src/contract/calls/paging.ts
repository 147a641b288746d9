import { PAGE_ITEMS_MAX } from '../inputs/fields.ts';
import { invalid, type Result } from './call.ts';

const PAGE_ITEMS_DEFAULT = 100;

type CursorPart = string | number;

/** Returns an opaque cursor of the list `list`. The next page begins after the item with these parts. */
export const encodeCursor = (list: string, parts: readonly CursorPart[]): string =>
  Buffer.from(JSON.stringify([list, ...parts])).toString('base64url');

/**
 * Returns the parts of a cursor of `list`, with the types of `shape`; null without a cursor. Refused `invalid_input`
 * for any other text, because a cursor comes from outside.
 */
export function decodeCursor<S extends readonly CursorPart[]>(
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

/** Returns the size of a page. Refused `invalid_input` unless it is 1 to 500. */
export function pageLimit({ limit = PAGE_ITEMS_DEFAULT }: { limit?: number | undefined }): Result<number> {
  if (Number.isInteger(limit) && limit >= 1 && limit <= PAGE_ITEMS_MAX) return { ok: true, value: limit };
  return invalid('limit', `must be 1 to ${PAGE_ITEMS_MAX}`);
}

/** Returns a page of items. `read` has one item more than the page if another page follows. */
export function cutPage<T, V>(
  read: readonly T[],
  limit: number,
  view: (item: T) => V,
  pageCursor: (last: T) => string,
): { items: V[]; nextCursor?: string } {
  const items = read.slice(0, limit);
  const last = items.at(-1);
  const page = { items: items.map(view) };
  return read.length > limit && last !== undefined ? { ...page, nextCursor: pageCursor(last) } : page;
}
