import { componentsOf } from '../../../domain/kits.ts';
import { fillableUnits } from '../../../domain/machine/step-context.ts';
import type { CoreReason } from '../../../domain/refusal.ts';
import type { HoldRecord, StockRecord } from '../../../domain/records.ts';
import { locationOf, stockKey } from '../../../domain/stock-keys.ts';
import type { AdjustStep, CountStep, FillStep, ReturnStep, Step } from '../../../domain/steps.ts';
import type { HoldPosition, ReadRequest, Snapshot, Store } from '../../../store/store.ts';
import { nextTurn } from '../../../runtime/pause.ts';
import { PAGE_HOLDS, type Read } from '../units/stock-reader.ts';

/** Why a SKU may not have a limit of backorders. */
export const NEEDS_DISPATCH = 'needs SELL_AT=dispatch: units that are not on hand cannot leave at their sale';

/** One transaction fills at most this many holds. The leading process fills the others soon after. */
export const FILLS_MAX = 500;

/** Compositions that fill backorders. Holds that change all the time do not keep units from being received. */
export const FILLING_ATTEMPTS_MAX = 6;

/** Refusals of a `fill` whose hold has ended in the meantime. */
export const STALE_FILL: readonly CoreReason[] = ['hold_not_active', 'unknown_hold'];

/** A change of the units on hand of a SKU. */
export type SupplyStep = AdjustStep | CountStep | ReturnStep;

export interface SupplyParts {
  store: Pick<Store, 'listHolds'>;
  read: Read;
}

/** Resolves with what `fillSteps` needs of these SKUs: their stock, and the holds that wait longest for units. */
export async function backorderReads({ store, read }: SupplyParts, skus: readonly string[]): Promise<ReadRequest> {
  const { stock } = await read({ skus });
  const waiting: HoldRecord[] = [];
  for (const record of stock)
    if (record && record.backordered > 0) waiting.push(...(await waitingHolds(store, record)));
  return { skus, holds: waiting.slice(0, FILLS_MAX).map(({ holdId }) => holdId) };
}

/** Resolves with the holds that wait for units, the oldest first. Holds of one time are in the order of their ids. */
async function waitingHolds(store: SupplyParts['store'], { sku }: StockRecord): Promise<HoldRecord[]> {
  const waiting: HoldRecord[] = [];
  for (let after: HoldPosition | undefined; ; ) {
    const page = await store.listHolds({ sku, ...(after ? { after } : {}), limit: PAGE_HOLDS });
    for (const hold of page) if (hold.backordered > 0) waiting.push(hold);
    after = page.at(-1);
    if (page.length < PAGE_HOLDS) break;
    await nextTurn();
  }
  return waiting.sort((a, b) => a.createdAt - b.createdAt || (a.holdId < b.holdId ? -1 : 1));
}

/** Returns the steps that give the units on hand of a SKU to its holds in the view, in their order. */
export function fillSteps(stock: StockRecord, { holds, at }: Pick<Snapshot, 'holds' | 'at'>): FillStep[] {
  const steps: FillStep[] = [];
  let left = fillableUnits(stock);
  for (const hold of holds) {
    if (left <= 0) break;
    if (!hold || hold.sku !== stock.sku || hold.backordered === 0 || hold.expiresAt <= at) continue;
    const { holdId, backordered } = hold;
    const units = Math.min(left, backordered);
    steps.push({ kind: 'fill', holdId, backordered, units });
    left -= units;
  }
  return steps;
}

/**
 * Composes changes of units on hand with the fills that they allow. The first composition assumes that no unit is
 * backordered, and reads nothing for it: the store refuses it with `conflict` if there are backorders.
 */
export class Replenishment {
  readonly #parts: SupplyParts;
  /** The stock keys that the last composition changes. */
  #keys: readonly string[] = [];
  #attempts = 0;

  constructor(parts: SupplyParts) {
    this.#parts = parts;
  }

  get isFirst(): boolean {
    return this.#attempts === 0;
  }

  /** The stock of `keys` is the first in the view. */
  async reads(keys: readonly string[] = []): Promise<ReadRequest> {
    if (this.isFirst) return keys.length > 0 ? { skus: keys } : {};
    return backorderReads(this.#parts, [...new Set([...keys, ...this.#keys])]);
  }

  /** Call it once for each composition. `view` has what `reads` has requested. */
  steps(steps: readonly Step[], view: Snapshot): Step[] {
    const supplies = steps.filter(addsUnits);
    this.#attempts += 1;
    this.#keys = supplies.map(({ sku }) => sku);
    if (this.#attempts === 1) return steps.map((step) => (addsUnits(step) ? { ...step, backordered: 0 } : step));
    if (this.#attempts > FILLING_ATTEMPTS_MAX) return [...steps];
    return [...steps, ...fillsAfter(supplies, view)];
  }
}

/** Whether a step may add units on hand. */
export const addsUnits = (step: Step): step is SupplyStep =>
  step.kind === 'count' || (step.kind === 'adjust' && step.delta > 0) || (step.kind === 'return' && step.restock);

/** Returns the fills that follow changes of the units on hand. */
export function fillsAfter(changes: readonly SupplyStep[], view: Pick<Snapshot, 'stock' | 'holds' | 'at'>): FillStep[] {
  const all = changes.flatMap((change) => ofComponents(change, view));
  return view.stock.flatMap((record) => {
    const own = record && record.backordered > 0 ? all.filter(({ sku }) => sku === record.sku) : [];
    return record && own.length > 0
      ? fillSteps({ ...record, onHand: own.reduce(onHandAfter, record.onHand) }, view)
      : [];
  });
}

/** A kit that returns adds units of its components. */
function ofComponents(change: SupplyStep, { stock }: Pick<Snapshot, 'stock'>): SupplyStep[] {
  const record = stock.find((each) => each?.sku === change.sku);
  const components = record ? componentsOf(record) : null;
  if (!components || change.kind !== 'return') return [change];
  return components.map(({ sku, quantity }) => ({
    kind: 'adjust',
    sku: stockKey(sku, locationOf(change.sku)),
    delta: quantity * change.quantity,
    as: 'adjusted',
  }));
}

function onHandAfter(onHand: number, change: SupplyStep): number {
  if (change.kind === 'count') return change.onHand;
  if (change.kind === 'adjust') return onHand + change.delta;
  return onHand + (change.restock ? change.quantity : 0);
}
