import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { ScanKind, ScanPage, Store } from '../../store/store.ts';

const SCAN_RECORDS = 500;

/**
 * Shows all records of a kind, page by page, and resolves with the first page's sequence. The store reads the next page while
 * `look` is at work. Rejects as the store does.
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
    // It may reject while `look` still runs; the `await` below handles that. Node ends the process over an unhandled rejection.
    next?.catch(() => undefined);
    await look(page);
    await yieldToOthers();
    if (next === null) return started;
    page = await next;
  }
}
