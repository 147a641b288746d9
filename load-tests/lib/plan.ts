import { SharedArray } from 'k6/data';
import { type Good, type Plan, skuOf } from './words.ts';

const read = (): Plan => {
  const file = __ENV['LOAD_PLAN'];
  if (!file) throw new Error('LOAD_PLAN names no file: scenarios are run by `npm run load -- SCENARIO`');
  return JSON.parse(open(file)) as Plan;
};

/** Read once for all virtual users, because it may have many SKUs. */
export const goods: readonly Good[] = new SharedArray<Good>('goods', () => read().goods);
const [first] = new SharedArray('plan', () => [{ ...read(), goods: [] }]);
if (!first) throw new Error('the plan is empty');
export const plan: Plan = first;

/** Returns the value of an option that the scenario's definition in run/scenarios/ declares. */
export function option(name: string): number {
  const value = plan.options[name];
  if (value === undefined) throw new Error(`the scenario has no option ${name}`);
  return value;
}

/** Returns the SKU of a name in the definition. */
export const sku = (name: string): string => skuOf(plan.run, name);
