import { isLive, liveOrNull } from '../../domain/machine/live-hold.ts';
import type { DuePosition } from '../../domain/machine/lookups.ts';
import type { BatchChanges } from '../../domain/machine/run-batch.ts';
import type { Tables } from './tables/tables.ts';

/** Writes the changes of a batch that was decided at `at`. Runs in a transaction that a throw rolls back. */
export function writeChanges(tables: Tables, changes: BatchChanges, at: number): void {
  for (const { key, after } of changes.stock) if (after) tables.stock.put(key, after);
  writeHolds(tables, changes, at);
  for (const { key, before, after } of changes.documents) tables.documents.write(key, before, after);
  for (const { key, after } of changes.counts) {
    if (after > 0) tables.counts.put(key, after);
    else tables.counts.remove(key);
  }
  for (const { id, retention, record } of changes.requests) tables.requests[retention].put(id, record);
  for (const entry of changes.ledger) tables.ledger.append(entry);
}

function writeHolds(tables: Tables, changes: BatchChanges, at: number): void {
  const removed: DuePosition[] = [...changes.setAside];
  const added: DuePosition[] = [];
  for (const { key, before, after } of changes.holds) {
    if (!after) continue;
    if (isLive(after)) tables.liveHolds.put(key, after);
    else {
      tables.endedHolds.put(key, after, at);
      if (before) tables.liveHolds.remove(key);
    }
    const [from, to] = [liveOrNull(before), liveOrNull(after)];
    if (from?.expiresAt === to?.expiresAt) continue;
    if (from) removed.push(from);
    if (to) added.push(to);
  }
  tables.due.move(removed, added);
}
