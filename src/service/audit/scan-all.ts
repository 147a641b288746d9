import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { ScanKind, ScanPage, Store } from '../../store/store.ts';

const SCAN_RECORDS = 500;

/** Shows all records of a kind, page by page, and resolves with the first page's sequence. Rejects as the store does. */
export async function scanAll(
  store: Pick<Store, 'scan'>,
  kind: ScanKind,
  look: (page: ScanPage) => void | Promise<void>,
): Promise<number> {
  let started: number | null = null;
  let cursor: string | null = null;
  do {
    const page: ScanPage = await store.scan({ kind, cursor, limit: SCAN_RECORDS });
    await look(page);
    started ??= page.sequence;
    cursor = page.next;
    await yieldToOthers();
  } while (cursor !== null);
  return started;
}
