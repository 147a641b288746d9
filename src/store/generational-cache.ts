import { FilteredMap, numberOf } from './filtered-map.ts';

/**
 * A cache of values by name. Keeps at least the last `max` that were set or found, and at most twice as many: the older
 * half is dropped as a whole. In an LRU cache each new entry evicts another one, which costs three times as much.
 */
export class GenerationalCache<V> {
  readonly #max: number;
  #recent = new FilteredMap<V>();
  #earlier = new FilteredMap<V>();

  constructor(max: number) {
    this.#max = max;
  }

  get(name: string): V | undefined {
    const number = numberOf(name);
    const recent = this.#recent.get(name, number);
    if (recent !== undefined) return recent;
    const earlier = this.#earlier.get(name, number);
    if (earlier !== undefined) this.set(name, earlier);
    return earlier;
  }

  set(name: string, value: V): void {
    this.#recent.set(name, numberOf(name), value);
    if (this.#recent.size < this.#max) return;
    this.#earlier = this.#recent;
    this.#recent = new FilteredMap();
  }

  delete(name: string): void {
    this.#recent.delete(name);
    this.#earlier.delete(name);
  }
}
