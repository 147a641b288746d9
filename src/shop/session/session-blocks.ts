import type { SessionBlock } from '../../contract/outputs/admin-outputs.ts';
import { ok, type Result } from '../../contract/calls/call.ts';
import type { PageInput } from '../../contract/inputs/inputs.ts';
import type { Page } from '../../contract/output-fields.ts';
import { cutPage, decodeCursor, encodeCursor, pageLimit } from '../../contract/calls/paging.ts';
import { denialsKey } from '../../transact/documents/names.ts';
import type { Read } from '../stock/units/stock-reader.ts';
import { type Denial, DENIAL_PAGES, denialsIn, shownBlock } from './session-documents.ts';

type BlockPosition = Pick<Denial, 'at' | 'name'>;

/** The newest first. */
const newestFirst = (one: BlockPosition, other: BlockPosition): number =>
  other.at - one.at || (one.name < other.name ? -1 : Number(one.name > other.name));

/** Lists the blocks in force from one snapshot of all denials, which are a few megabytes at most. */
export async function listBlocks(
  { read, now }: { read: Read; now: () => number },
  input: PageInput,
): Promise<Result<Page<SessionBlock>>> {
  const limit = pageLimit(input);
  if (!limit.ok) return limit;
  const cursor = decodeCursor<[number, string]>('blocks', ['number', 'string'], input.cursor);
  if (!cursor.ok) return cursor;
  const [at = Number.POSITIVE_INFINITY, name = ''] = cursor.value ?? [];
  const pages = Array.from({ length: DENIAL_PAGES }, (_, page) => page);
  const view = await read({ documents: pages.map(denialsKey) });
  const readAt = now();
  const blocks = pages
    .flatMap((page) => denialsIn(view, page).value)
    .filter((denial) => denial.kind === 'blocked' && denial.until > readAt && newestFirst({ at, name }, denial) < 0)
    .toSorted(newestFirst);
  return ok(cutPage(blocks, limit.value, shownBlock, (last) => encodeCursor('blocks', [last.at, last.name])));
}
