import type { LedgerTotals } from '../../contract/outputs/admin-outputs.ts';
import { soldChange } from '../../domain/movement-kinds.ts';
import type { Movement } from '../../domain/records.ts';
import { ExactSum } from './exact-sum.ts';

/** The totals of a checkpoint. Those of earlier versions have only the first three. */
export type StoredTotals = Pick<LedgerTotals, 'received' | 'sold' | 'returned'> & Partial<LedgerTotals>;

const SUM_NAMES = ['received', 'sold', 'returned', 'dispatched', 'restocked', 'adjusted', 'counted'] as const;
type Name = (typeof SUM_NAMES)[number];

/** The units of a SKU according to the checkpoint. */
interface SkuUnits {
  onHand: number;
  committed: number;
}

/** The exact sums of the movements of SKUs that are not kits. */
export class LedgerSums {
  readonly #sums = Object.fromEntries(SUM_NAMES.map((name) => [name, new ExactSum()])) as Record<Name, ExactSum>;

  /** Adds a movement that is not of a kit: the units of a kit are those of its components. */
  add({ kind, quantity, onHand }: Movement): void {
    const sums = this.#sums;
    const returned = kind === 'returned' ? quantity : 0;
    const sold = soldChange(kind, quantity) + returned;
    if (sold !== 0) sums.sold.add(sold);
    if (kind === 'received' || kind === 'adjusted' || kind === 'counted' || kind === 'returned')
      sums[kind].add(quantity);
    if (kind === 'returned') sums.restocked.add(onHand.after - onHand.before);
    if (isDispatch(kind)) sums.dispatched.add(quantity);
  }

  get totals(): LedgerTotals {
    return Object.fromEntries(SUM_NAMES.map((name) => [name, this.#sums[name].total])) as unknown as LedgerTotals;
  }

  /**
   * Continues from the totals of a checkpoint with these SKUs. A checkpoint of an earlier version does not separate
   * these sums. All its returned units then count as restocked, and `adjusted` has all counts and adjustments, less the
   * returned units that were not put on hand again.
   */
  restore(stored: StoredTotals, skus: Iterable<SkuUnits>): void {
    const totals = isWhole(stored) ? stored : { ...stored, ...derivedTotals(stored, skus) };
    for (const name of SUM_NAMES) this.#sums[name].restore(totals[name]);
  }
}

export const isDispatch = (kind: Movement['kind']): boolean => kind === 'consumed' || kind === 'fulfilled';

const isWhole = (stored: StoredTotals): stored is LedgerTotals => SUM_NAMES.every((name) => stored[name] !== undefined);

function derivedTotals(
  { received, sold, returned }: StoredTotals,
  skus: Iterable<SkuUnits>,
): Omit<LedgerTotals, 'received' | 'sold' | 'returned'> {
  let [onHand, committed] = [0n, 0n];
  for (const sku of skus) {
    onHand += BigInt(sku.onHand);
    committed += BigInt(sku.committed);
  }
  const dispatched = BigInt(sold) - committed;
  const adjusted = onHand - BigInt(received) + dispatched - BigInt(returned);
  return { dispatched: String(dispatched), restocked: returned, adjusted: String(adjusted), counted: 0 };
}
