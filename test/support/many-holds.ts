import type { Step } from '../../src/domain/steps.ts';
import type { Store } from '../../src/store/store.ts';
import { configure, receive, reserve, transaction } from './transactions.ts';

export interface ManyHolds {
  /** Prefix of the holds: two fillings of one store have different names. */
  name: string;
  count: number;
  /** Hold number `index` is of `sku(index)`. */
  sku: (index: number) => string;
  ttlMs: number;
}

const STEPS_EACH = 500;
const BATCH = 4;

async function applyAll(store: Store, name: string, steps: readonly Step[]): Promise<void> {
  const parts: Step[][] = [];
  for (let from = 0; from < steps.length; from += STEPS_EACH) parts.push(steps.slice(from, from + STEPS_EACH));
  for (let from = 0; from < parts.length; from += BATCH) {
    const batch = parts.slice(from, from + BATCH).map((part, index) => transaction(`${name}:${from + index}`, part));
    const { answers } = await store.apply(batch);
    const wrong = answers.find(({ status }) => status !== 'applied');
    if (wrong) throw new Error(JSON.stringify(wrong));
  }
}

/** Creates SKUs with so many units on hand. */
export async function supplyMany(store: Store, units: Readonly<Record<string, number>>): Promise<void> {
  const steps = Object.entries(units).flatMap(([sku, count]) =>
    count > 0 ? [configure(sku), receive(sku, count)] : [configure(sku)],
  );
  await applyAll(store, 'supply', steps);
}

/** Writes holds of one unit each directly to the store, because as many HTTP calls would take minutes. */
export async function holdMany(store: Store, { name, count, sku, ttlMs }: ManyHolds): Promise<void> {
  const steps = Array.from({ length: count }, (_, index) =>
    reserve(`hld_${name}_${index}`, sku(index), 1, { ttlMs, owner: `detached:${name}`, customer: `detached:${name}` }),
  );
  await applyAll(store, name, steps);
}
