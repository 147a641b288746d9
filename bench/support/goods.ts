import type { Holdfast } from '../../src/shop/holdfast.ts';
import type { Step } from '../../src/domain/steps.ts';
import type { Store } from '../../src/store/store.ts';
import { OPERATOR } from '../../src/contract/calls/access-key.ts';
import type { Call } from '../../src/contract/calls/call.ts';
import { SYSTEM_RUNTIME } from '../../src/runtime/system-runtime.ts';
import { Ids } from '../../src/transact/documents/ids.ts';

const ids = new Ids({ now: Date.now, random: SYSTEM_RUNTIME.random });

export const AS_OPERATOR: Call = { caller: OPERATOR };
/** Units of each SKU: enough for any run. */
export const PLENTY_UNITS = 1_000_000_000;

export const skuName = (index: number): string => `SKU-${String(index).padStart(7, '0')}`;

/** Creates `skus` SKUs with plenty of each, through the services. */
export async function supply({ stock }: Holdfast, skus: number): Promise<void> {
  const define = async (index: number): Promise<void> => {
    const sku = skuName(index);
    const defined = await stock.define({ sku, unitPrice: { amount: 1_900, currency: 'EUR' } }, AS_OPERATOR);
    const received = await stock.receive({ sku, quantity: PLENTY_UNITS }, AS_OPERATOR);
    if (!defined.ok || !received.ok) throw new Error(`${sku} cannot be supplied`);
  };
  await Promise.all(Array.from({ length: skus }, (_, index) => define(index)));
}

const STEPS_EACH = 500;
const TRANSACTIONS_EACH = 2;
const IN_FLIGHT = 2;
/** Longer than any run, so that no hold ends in one. */
const HOLD_TTL_MS = 24 * 3_600_000;

/**
 * Writes `skus` SKUs and `holds` live holds over them in turn, directly to the store: the data of a shop after months.
 */
export async function fill(
  store: Store,
  { skus, holds, say }: { skus: number; holds: number; say?: (line: string) => void },
): Promise<void> {
  const supplySteps = (index: number): Step[] => [
    { kind: 'configure', sku: skuName(index), unitPrice: { amount: 1_900, currency: 'EUR' } },
    { kind: 'adjust', sku: skuName(index), delta: PLENTY_UNITS, as: 'received' },
  ];
  const holdSteps = (index: number): Step[] => {
    const owner = `detached:fill-${index}`;
    const holdId = ids.newId('hld_');
    const sku = skuName(index % skus);
    return [{ kind: 'reserve', holdId, sku, min: 1, want: 1, ttlMs: HOLD_TTL_MS, owner, customer: owner }];
  };
  await applyEach(store, skus, supplySteps, (done) => say?.(`filled ${done.toLocaleString('en')} SKUs`));
  await applyEach(store, holds, holdSteps, (done) => say?.(`filled ${done.toLocaleString('en')} holds`));
}

async function applyEach(
  store: Store,
  count: number,
  stepsOf: (index: number) => Step[],
  onProgress: (done: number) => void,
): Promise<void> {
  let next = 0;
  const takeBatch = (): Step[][] => {
    const batch: Step[][] = [];
    while (batch.length < TRANSACTIONS_EACH && next < count) {
      const steps: Step[] = [];
      for (; steps.length < STEPS_EACH && next < count; next += 1) steps.push(...stepsOf(next));
      batch.push(steps);
    }
    return batch;
  };
  let toldAt = performance.now();
  const worker = async (): Promise<void> => {
    for (let batch = takeBatch(); batch.length > 0; batch = takeBatch()) {
      await applySteps(store, batch);
      if (performance.now() - toldAt < PROGRESS_MS) continue;
      toldAt = performance.now();
      onProgress(next);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
}

const PROGRESS_MS = 5_000;

async function applySteps(store: Store, batch: readonly Step[][]): Promise<void> {
  const transactions = batch.map((steps) => {
    const id = ids.newId('gen_');
    return { id, fingerprint: id, retention: 'short' as const, cause: { by: 'operator' }, steps };
  });
  const { answers } = await store.apply(transactions);
  const wrong = answers.find(({ status }) => status !== 'applied');
  if (wrong) throw new Error(`the shop cannot be filled: ${JSON.stringify(wrong)}`);
}
