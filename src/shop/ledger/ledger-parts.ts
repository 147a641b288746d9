import type { LedgerLine, LedgerOrder } from '../../contract/outputs/ledger-lines.ts';
import { compareMovements } from '../../domain/movement-ids.ts';
import type { LedgerEntry, MovementId } from '../../domain/records.ts';
import { nextTurn } from '../../runtime/pause.ts';
import { type Store, StoreError } from '../../store/store.ts';
import type { DataSeal } from '../../transact/documents/data-seal.ts';
import { isOrder, orderIdOf, orderKey } from '../../transact/documents/names.ts';
import { awaitedLater } from '../../transact/settled.ts';
import { CHECKPOINT, checkpointHead } from '../audit/checkpoint.ts';
import { recordView } from '../order/record/order-document.ts';
import { movementView, shownCause } from '../stock/units/movement-view.ts';
import type { Read } from '../stock/units/stock-reader.ts';

const PART_ENTRIES = 1_000;
/** The orders that one read returns with their holds. */
const ORDERS_READ = 200;

export interface LedgerParts {
  store: Pick<Store, 'feed'>;
  read: Read;
  seal: DataSeal;
}

interface LedgerRange {
  after: MovementId | null;
  limit: number;
  signal: AbortSignal;
}

/** Yields the lines of the ledger in parts, and requests the next part while one is written. */
export async function* ledgerParts(
  parts: LedgerParts,
  { after, limit, signal }: LedgerRange,
): AsyncGenerator<LedgerLine[]> {
  const pageAfter = (from: MovementId | null, left: number): Promise<LedgerEntry[]> =>
    awaitedLater(parts.store.feed({ after: from, limit: Math.min(PART_ENTRIES, left) }));
  let [reached, left] = [after, limit];
  let page = pageAfter(reached, left);
  for (;;) {
    if (signal.aborted) throw new StoreError('closed', 'the read of the ledger was ended');
    const entries = await page;
    const from = reached;
    reached = entries.at(-1)?.id ?? from;
    const isFull = entries.length === Math.min(PART_ENTRIES, left);
    left -= entries.length;
    const isLast = !isFull || left === 0;
    if (!isLast) page = pageAfter(reached, left);
    const lines = await linesAfter(parts, from, entries);
    if (isLast) lines.push({ type: 'end', after: reached, more: isFull });
    yield lines;
    if (isLast) return;
    await nextTurn();
  }
}

async function linesAfter(parts: LedgerParts, after: MovementId | null, entries: LedgerEntry[]): Promise<LedgerLine[]> {
  const orders = [...new Set(entries.map(orderKeyOf).filter((key) => key !== null))];
  const { trimmed, lines } = await ordersAndTrim(parts, orders);
  // The checkpoint is replaced before entries are trimmed. So without a newer one, the page was complete.
  const isCut = trimmed !== null && (after === null || compareMovements(trimmed, after) > 0);
  return [...(isCut ? [{ type: 'gap' as const, through: trimmed }] : []), ...entries.map(entryLine), ...lines];
}

/** Reads orders, and up to where the ledger was trimmed. */
async function ordersAndTrim(
  { read, seal }: LedgerParts,
  keys: readonly string[],
): Promise<{ trimmed: MovementId | null; lines: LedgerOrder[] }> {
  const head = await read({ documents: [CHECKPOINT] });
  const lines: LedgerOrder[] = [];
  for (let from = 0; from < keys.length; from += ORDERS_READ) {
    const view = await read({ documents: keys.slice(from, from + ORDERS_READ) });
    for (const found of view.documents) {
      const order = found && recordView(found, view.at, seal);
      if (!order) continue;
      const { contact: _, ...shown } = order;
      lines.push({ type: 'order', version: found.record.version, order: shown });
    }
  }
  return { trimmed: checkpointHead(head)?.through ?? null, lines };
}

/** Returns the key of the order that an entry concerns. */
function orderKeyOf(entry: LedgerEntry): string | null {
  if (entry.kind === 'document') return entry.key;
  const { owner, cause } = entry;
  if (cause.orderId !== undefined) return orderKey(cause.orderId);
  return owner !== null && isOrder(owner) ? owner : null;
}

function entryLine(entry: LedgerEntry): LedgerLine {
  if (entry.kind !== 'document') return { type: 'movement', position: entry.id, ...movementView(entry) };
  const { id, at, key, list, cause } = entry;
  return { type: 'orderStatus', position: id, at, orderId: orderIdOf(key), status: list, cause: shownCause(cause) };
}
