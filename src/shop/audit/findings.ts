import type { Violation } from '../../contract/admin-outputs.ts';

/** The most violations that an audit lists, so that the size of the answer is bounded. */
export const AUDIT_VIOLATIONS_MAX = 1_000;

/** The violations of an audit: each rule once for each SKU or hold that breaks it. */
export class Findings {
  readonly #found = new Map<string, Violation>();

  add(violation: Violation): void {
    const { rule, sku = '', holdId = '', found } = violation;
    const key = `${rule} ${sku} ${holdId} ${holdId === '' && sku === '' ? found : ''}`;
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
    const name = record.slice(record.indexOf(':') + 1);
    const about = record.startsWith('stock:') ? { sku: name } : record.startsWith('hold:') ? { holdId: name } : {};
    this.add({
      rule: 'undecodable',
      ...about,
      found: `${record}: ${problem}`,
      expected: 'a record that can be decoded',
    });
  }

  get isEmpty(): boolean {
    return this.#found.size === 0;
  }

  /** The check avoids that `Map.clear` allocates a new table each time, because the map is nearly always empty. */
  clear(): void {
    if (!this.isEmpty) this.#found.clear();
  }

  get violations(): Violation[] {
    return [...this.#found.values()];
  }
}
