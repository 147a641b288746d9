/** With fewer names a look-up in the map costs little. A process with many shops has many small maps. */
const FILTERED_MIN = 1_024;
/** 128 KiB. With 50,000 names in the map, about 5 % of absent names still need a look-up in it. */
const FILTER_BITS = 2 ** 20;

/**
 * Returns a hash of a name. Names of carts, customers and clients are hashes, so a few of their characters are enough.
 * Names with the same number only cost a look-up.
 */
export function numberOf(name: string): number {
  const { length } = name;
  const end = name.charCodeAt(length - 1) * 61 + name.charCodeAt(length - 2);
  return (((end * 61 + name.charCodeAt(12)) * 61 + name.charCodeAt(15)) * 61 + name.charCodeAt(18)) | 0;
}

/**
 * A map that is fast for absent names, because in a sale most carts and clients are new. One bit in a small filter
 * shows that a name is absent. A look-up in a map of 50,000 texts would take 0.6 us, because it reads five places of
 * memory that are in no cache of the processor.
 */
export class FilteredMap<V> {
  readonly #values = new Map<string, V>();
  #filter: Uint8Array | null = null;

  get size(): number {
    return this.#values.size;
  }

  /** `number` is that of the name: see `numberOf`. */
  get(name: string, number: number): V | undefined {
    return this.#filter && !hasBit(this.#filter, number) ? undefined : this.#values.get(name);
  }

  set(name: string, number: number, value: V): void {
    this.#values.set(name, value);
    if (this.#filter) setBit(this.#filter, number);
    else if (this.#values.size >= FILTERED_MIN) this.#filter = filterOf(this.#values.keys());
  }

  delete(name: string): void {
    this.#values.delete(name);
  }
}

function filterOf(names: Iterable<string>): Uint8Array {
  const filter = new Uint8Array(FILTER_BITS / 8);
  for (const name of names) setBit(filter, numberOf(name));
  return filter;
}

function hasBit(filter: Uint8Array, number: number): boolean {
  const bit = number & (FILTER_BITS - 1);
  return ((filter[bit >>> 3] ?? 0) & (1 << (bit & 7))) !== 0;
}

function setBit(filter: Uint8Array, number: number): void {
  const bit = number & (FILTER_BITS - 1);
  filter[bit >>> 3] = (filter[bit >>> 3] ?? 0) | (1 << (bit & 7));
}
