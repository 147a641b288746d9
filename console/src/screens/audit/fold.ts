import type { Outputs } from '../../../../src/client/client.ts';

type Totals = Outputs['admin']['audit']['totals'];
export type Term = Exclude<keyof Totals, 'onHand' | 'reserved' | 'committed' | 'available' | 'sold' | 'returned'>;

/** The terms whose sum is the units on hand, and their signs. */
const TERMS: readonly (readonly [name: Term, sign: 1n | -1n])[] = [
  ['received', 1n],
  ['dispatched', -1n],
  ['restocked', 1n],
  ['adjusted', 1n],
  ['counted', 1n],
];

export interface Fold {
  /** Each term with its sign. */
  terms: readonly { name: Term; units: bigint }[];
  sum: bigint;
  /** What the records say. */
  onHand: bigint;
  /** 0 where the books are right. */
  difference: bigint;
}

/** Adds up the totals of an audit. They may be too large for a number. */
export function foldOf(totals: Totals): Fold {
  const terms = TERMS.map(([name, sign]) => ({ name, units: sign * BigInt(totals[name]) }));
  const sum = terms.reduce((units, term) => units + term.units, 0n);
  const onHand = BigInt(totals.onHand);
  return { terms, sum, onHand, difference: onHand - sum };
}
