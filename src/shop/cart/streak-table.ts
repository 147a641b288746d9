import { FilteredMap, numberOf } from '../../store/filtered-map.ts';

/** The values of one holder: its only one, or all of them by SKU. */
type Entry<V> = V | Map<string, V>;

/**
 * Values by holder and SKU. Remembers at least the last `max` changes, and at most twice as many: the older half is
 * dropped as a whole.
 */
export class StreakTable<V extends { readonly sku: string }> {
  readonly #max: number;
  #recent = new FilteredMap<Entry<V>>();
  #earlier = new FilteredMap<Entry<V>>();
  #changes = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get(name: string, sku: string): V | undefined {
    const number = numberOf(name);
    const recent = valueOf(this.#recent.get(name, number), sku);
    if (recent !== undefined) return recent;
    const earlier = valueOf(this.#earlier.get(name, number), sku);
    if (earlier !== undefined) this.set(name, earlier);
    return earlier;
  }

  set(name: string, value: V): void {
    const number = numberOf(name);
    const entry = this.#recent.get(name, number);
    if (entry instanceof Map) entry.set(value.sku, value);
    else if (entry === undefined || entry.sku === value.sku) this.#recent.set(name, number, value);
    else this.#recent.set(name, number, new Map([entry, value].map((each) => [each.sku, each])));
    this.noteChange();
  }

  /** Counts a change inside of a value. */
  noteChange(): void {
    this.#changes += 1;
    if (this.#changes < this.#max) return;
    this.#earlier = this.#recent;
    this.#recent = new FilteredMap();
    this.#changes = 0;
  }
}

function valueOf<V extends { readonly sku: string }>(entry: Entry<V> | undefined, sku: string): V | undefined {
  if (entry instanceof Map) return entry.get(sku);
  return entry?.sku === sku ? entry : undefined;
}
