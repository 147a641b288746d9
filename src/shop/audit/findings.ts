import { shownKey } from '../../domain/stock-keys.ts';
import type { Violation } from '../../contract/outputs/admin-outputs.ts';

/** The most violations that an audit lists, so that the size of the answer is bounded. */
export const AUDIT_VIOLATIONS_MAX = 1_000;

/** The violations of an audit: each rule once for each SKU or hold that breaks it. */
export class Findings {
  readonly #found = new Map<string, Violation>();

  add(violation: Violation): void {
    const { rule, sku = '', location = '', holdId = '', found } = violation;
    const key = `${rule} ${sku} ${location} ${holdId} ${holdId === '' && sku === '' ? found : ''}`;
    if (this.#found.size < AUDIT_VIOLATIONS_MAX && !this.#found.has(key)) this.#found.set(key, violation);
  }

  /** Adds a violation of `rule` unless `found` equals `expected`. */
  expect(
    rule: string,
    about: { sku?: string; holdId?: string },
    found: string | number | null,
    expected: string | number | null,
  ): void {
    if (found !== expected) this.add({ rule, ...about, found: String(found), expected: String(expected) });
  }

  /** Adds a record, named like `hold:ID`, that the store could not decode. */
  addUndecodable({ record, problem }: { record: string; problem: string }): void {
    this.add({
      rule: 'undecodable',
      ...subjectOf(record),
      found: `${record}: ${problem}`,
      expected: 'a record that can be decoded',
    });
  }

  get isEmpty(): boolean {
    return this.#found.size === 0;
  }

  /** The map is nearly always empty, and `Map.clear` would allocate a new table each time. */
  clear(): void {
    if (!this.isEmpty) this.#found.clear();
  }

  get violations(): Violation[] {
    return [...this.#found.values()].map(shownViolation);
  }
}

/** Checks name stock by its key, which callers do not see. */
const shownViolation = ({ sku, ...violation }: Violation): Violation =>
  sku === undefined ? violation : { ...violation, ...shownKey(sku) };

/** Returns the SKU or the hold of a record that is named like `hold:ID`. */
export function subjectOf(record: string): { sku?: string; location?: string; holdId?: string } {
  const name = record.slice(record.indexOf(':') + 1);
  if (record.startsWith('stock:')) return shownKey(name);
  return record.startsWith('hold:') ? { holdId: name } : {};
}

export const LEDGER_COUNTERS = ['onHand', 'reserved', 'committed', 'backordered', 'sold'] as const;

/** Reports counters of a SKU that are impossible in themselves, without a comparison with the ledger. */
export function checkCounters<N extends string>(
  report: (violation: Violation) => void,
  sku: string,
  stock: Record<N | 'onHand' | 'reserved' | 'committed' | 'backordered', number>,
  names: readonly N[],
): void {
  for (const name of names) {
    if (stock[name] < 0)
      report({ rule: 'counter_below_zero', sku, found: `${name} ${stock[name]}`, expected: '0 or more' });
  }
  const { onHand, reserved, committed, backordered } = stock;
  const covered = reserved + committed - backordered;
  if (covered > onHand) {
    const found = String(covered);
    report({ rule: 'reserved_above_on_hand', sku, found, expected: `at most ${onHand}` });
  }
}
