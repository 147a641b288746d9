import { ID_PATTERN } from '../../src/domain/limits.ts';
import { isStockKey } from '../../src/domain/skus.ts';
import type { Step } from '../../src/domain/steps.ts';
import type { Transaction } from '../../src/domain/transaction.ts';
import type { Known } from './state.ts';

/** Records every well-formed name in the transactions, so that a comparison of states can look up each of them. */
export function learn(known: Known, transactions: readonly Transaction[]): void {
  for (const { id, steps } of transactions) {
    add(known.requests, isId, id);
    for (const step of steps) learnStep(known, step);
  }
}

function learnStep(known: Known, step: Step): void {
  if ('sku' in step) add(known.skus, isStockKey, step.sku);
  if ('holdId' in step) for (const id of [step.holdId, ...partsOf(step.holdId)]) add(known.holds, isId, id);
  if ('key' in step) add(known.documents, isId, step.key);
}

/** The holds of the components, if the hold is of a kit of one or two. */
const partsOf = (holdId: unknown): string[] => [`${holdId}/0`, `${holdId}/1`];

const isId = (name: string): boolean => ID_PATTERN.test(name);

function add(names: Set<string>, isOne: (name: string) => boolean, name: unknown): void {
  if (typeof name === 'string' && isOne(name)) names.add(name);
}
