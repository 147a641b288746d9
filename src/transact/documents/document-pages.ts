import { ID_PATTERN } from '../../domain/limits.ts';
import type { DocumentList, DocumentRecord } from '../../domain/records.ts';
import type { Store } from '../../store/store.ts';
import { invalid, ok, type Result } from '../../contract/calls/call.ts';
import type { Page } from '../../contract/output-fields.ts';
import { cutPage, decodeCursor, encodeCursor, pageLimit } from '../../contract/calls/paging.ts';

interface PageOfStatus {
  cursor?: string | undefined;
  limit?: number | undefined;
  status?: string | undefined;
}

/**
 * Returns the newest documents of several lists, merged by their keys, which are time-ordered. `name` identifies the
 * list in its cursors, and `isKey` returns whether a text is a key of its documents. A cursor belongs to one status.
 * Refused: `invalid_input`.
 */
export async function newestDocuments(
  store: Pick<Store, 'listDocuments'>,
  input: PageOfStatus,
  { name, isKey, lists }: { name: string; isKey: (key: string) => boolean; lists: readonly DocumentList[] },
): Promise<Result<Page<DocumentRecord>>> {
  const limit = pageLimit(input);
  if (!limit.ok) return limit;
  const status = input.status ?? '';
  const cursor = decodeCursor<[string, string]>(name, ['string', 'string'], input.cursor);
  if (!cursor.ok) return cursor;
  const [cursorStatus, before] = cursor.value ?? [status];
  if (cursorStatus !== status || (before !== undefined && !(isKey(before) && ID_PATTERN.test(before)))) {
    return invalid('cursor', 'is not a cursor of this list');
  }
  const page = { ...(before === undefined ? {} : { before }), limit: limit.value + 1 };
  const found = await Promise.all(lists.map((list) => store.listDocuments({ list, ...page })));
  const newestFirst = found.flat().sort((a, b) => (a.key < b.key ? 1 : -1));
  return ok(
    cutPage(
      newestFirst,
      limit.value,
      (record) => record,
      ({ key }) => encodeCursor(name, [status, key]),
    ),
  );
}
