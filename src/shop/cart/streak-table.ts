import { FilteredMap, numberOf } from '../../store/filtered-map.ts';

/** A holder's only value, or its values by SKU. */
type HolderValues<V> = V | Map<string, V>;

/**
 * Values by holder and SKU. Remembers at least the last `max` changes, and at most twice as many: the older half is
 * dropped as a whole.
 */
export class StreakTable<V extends { readonly sku: string }> {
  readonly #max: number;
  #recent = new FilteredMap<HolderValues<V>>();
  #earlier = new FilteredMap<HolderValues<V>>();
  #changes = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get(holder: string, sku: string): V | undefined {
    const hash = numberOf(holder);
    const recent = valueOf(this.#recent.get(holder, hash), sku);
    if (recent !== undefined) return recent;
    const earlier = valueOf(this.#earlier.get(holder, hash), sku);
    if (earlier !== undefined) this.set(holder, earlier);
    return earlier;
  }

  set(holder: string, value: V): void {
    const hash = numberOf(holder);
    const entry = this.#recent.get(holder, hash);
    if (entry instanceof Map) entry.set(value.sku, value);
    else if (entry === undefined || entry.sku === value.sku) this.#recent.set(holder, hash, value);
    else this.#recent.set(holder, hash, new Map([entry, value].map((each) => [each.sku, each])));
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

function valueOf<V extends { readonly sku: string }>(entry: HolderValues<V> | undefined, sku: string): V | undefined {
  if (entry instanceof Map) return entry.get(sku);
  return entry?.sku === sku ? entry : undefined;
}
