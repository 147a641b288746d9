import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { ScanKind, ScanPage, Store } from '../../store/store.ts';

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
    const next = page.next === null ? null : read(page.next);
    // It may reject while `look` runs. The `await` below handles that, but until then Node would end the process for
    // it.
    next?.catch(() => undefined);
    await look(page);
    await yieldToOthers();
    if (next === null) return started;
    page = await next;
  }
}
