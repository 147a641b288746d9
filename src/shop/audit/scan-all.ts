import { nextTurn } from '../../runtime/pause.ts';
import type { ScanKind, ScanPage, Store } from '../../store/store.ts';
import { awaitedLater } from '../../transact/settled.ts';

const SCAN_RECORDS = 500;

/**
 * Calls `look` with all records of a kind, page by page. Resolves with the sequence of the first page. The store reads
 * the next page while `look` runs. Rejects as the store does.
 */
export async function scanAll(
  store: Pick<Store, 'scan'>,
  kind: ScanKind,
  look: (page: ScanPage) => void | Promise<void>,
): Promise<number> {
  const read = (cursor: string | null): Promise<ScanPage> => store.scan({ kind, cursor, limit: SCAN_RECORDS });
  let page = await read(null);
  const started = page.sequence;
  for (;;) {
    const next = page.next === null ? null : awaitedLater(read(page.next));
    await look(page);
    await nextTurn();
    if (next === null) return started;
    page = await next;
  }
}
