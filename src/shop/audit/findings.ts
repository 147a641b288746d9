import type { Violation } from '../../contract/admin-outputs.ts';

/** What an audit lists; a shop with more is as unsound, and the answer stays of bounded size. */
export const AUDIT_VIOLATIONS_MAX = 1_000;

/** Each broken rule, once for each thing that breaks it. */
export class Findings {
  readonly #found = new Map<string, Violation>();

  add(violation: Violation): void {
    const { rule, sku = '', holdId = '', found } = violation;
    const key = `${rule} ${sku} ${holdId} ${holdId === '' && sku === '' ? found : ''}`;
    if (this.#found.size < AUDIT_VIOLATIONS_MAX && !this.#found.has(key)) this.#found.set(key, violation);
  }

  /** Reports `rule` unless what was found is what was expected. */
  expect(
    rule: string,
    about: { sku?: string; holdId?: string },
    found: string | number | null,
    expected: string | number | null,
  ): void {
    if (found !== expected) this.add({ rule, ...about, found: String(found), expected: String(expected) });
  }

  /** A record named by a word like `hold:ID` that a store could not decode. */
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

  /** A `Map` makes a new table whenever it is cleared, and nearly always there is nothing to clear. */
  clear(): void {
    if (!this.isEmpty) this.#found.clear();
  }

  get violations(): Violation[] {
    return [...this.#found.values()];
  }
}
