import { ID_PATTERN, SKU_PATTERN } from '../../src/domain/limits.ts';
import type { Step } from '../../src/domain/steps.ts';
import type { Transaction } from '../../src/domain/transaction.ts';
import type { Known } from './state.ts';

/** Remembers every well-formed name in the transactions, so that a comparison of states can ask for each. */
export function learn(known: Known, transactions: readonly Transaction[]): void {
  for (const { id, steps } of transactions) {
    add(known.requests, ID_PATTERN, id);
    for (const step of steps) learnStep(known, step);
  }
}

function learnStep(known: Known, step: Step): void {
  if ('sku' in step) add(known.skus, SKU_PATTERN, step.sku);
  if ('holdId' in step) add(known.holds, ID_PATTERN, step.holdId);
  if ('key' in step) add(known.documents, ID_PATTERN, step.key);
}

function add(names: Set<string>, pattern: RegExp, name: unknown): void {
  if (typeof name === 'string' && pattern.test(name)) names.add(name);
}
