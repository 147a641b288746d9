import { type Lookups, UndecodableRecord } from '../domain/machine/lookups.ts';
import type { Movement, MovementId, StockRecord } from '../domain/records.ts';
import type { OverdueUnits } from './overdue-units.ts';
import type { ReadRequest, Snapshot } from './store.ts';

/** Answers a read request by look-ups. An undecodable record becomes null, and its name is in `undecodable`. */
export function snapshotOf(
  lookups: Lookups,
  { skus = [], holds = [], documents = [], requests = [] }: ReadRequest,
  { overdue, ...state }: Pick<Snapshot, 'at' | 'sequence' | 'epochBegan'> & { overdue: OverdueUnits },
): Snapshot {
  const { at } = state;
  const undecodable = new Set<string>();
  const orNull = <R>(look: () => R | undefined) => recordOrNull(undecodable, look);
  const isBehind = (sku: string) => lookups.overdueHolds(sku, at, 1).length > 0;
  const holdOf = (holdId: string) => orNull(() => lookups.hold(holdId));
  return {
    ...state,
    stock: skus.map((sku) => orNull(() => lookups.stock(sku))),
    holds: holds.map(holdOf),
    documents: documents.map((key) => {
      const record = orNull(() => lookups.document(key));
      return record && { record, holds: record.holds.map(holdOf) };
    }),
    requests: requests.map((id) => orNull(() => lookups.request(id))),
    behind: skus.filter(isBehind),
    overdue: skus.map((sku) => (isBehind(sku) ? overdue.of(sku, at) : 0)),
    undecodable: [...undecodable],
  };
}

function recordOrNull<R>(undecodable: Set<string>, look: () => R | undefined): R | null {
  try {
    return look() ?? null;
  } catch (error) {
    if (!(error instanceof UndecodableRecord)) throw error;
    undecodable.add(error.record);
    return null;
  }
}

/** Returns a SKU's movements, newest first. Each one names the previous one. */
export function historyOf(
  source: { stock(sku: string): StockRecord | undefined; movement(id: MovementId): Movement | null },
  sku: string,
  { before, limit }: { before?: MovementId; limit: number },
): Movement[] {
  let id = before === undefined ? source.stock(sku)?.lastMovement : source.movement(before)?.previous;
  const movements: Movement[] = [];
  while (id && movements.length < limit) {
    const movement = source.movement(id);
    if (!movement) break;
    movements.push(movement);
    id = movement.previous;
  }
  return movements;
}
