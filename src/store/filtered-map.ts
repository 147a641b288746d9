/** 128 KiB. Of 50,000 names that are not in the map, 5 % are looked for in it. */
const FILTER_BITS = 2 ** 20;

/**
 * Returns a number of a name. Names of carts, customers and clients are hashes, so a few of their characters are
 * enough. Names with the same number only cost a look-up.
 */
export function numberOf(name: string): number {
  const { length } = name;
  const end = name.charCodeAt(length - 1) * 61 + name.charCodeAt(length - 2);
  return (((end * 61 + name.charCodeAt(12)) * 61 + name.charCodeAt(15)) * 61 + name.charCodeAt(18)) | 0;
}

/**
 * A large map of which most names that are looked for are not in it: carts and clients of a sale, which are new. One
 * bit in a small filter says so. A look-up in a map of 50,000 texts reads five places of memory that are in no cache of
 * the processor, and takes 0.6 us.
 */
export class FilteredMap<V> {
  readonly #values = new Map<string, V>();
  readonly #filter = new Uint8Array(FILTER_BITS / 8);

  get size(): number {
    return this.#values.size;
  }

  /** `number` is that of the name: see `numberOf`. */
  get(name: string, number: number): V | undefined {
    const bit = number & (FILTER_BITS - 1);
    return ((this.#filter[bit >>> 3] ?? 0) & (1 << (bit & 7))) === 0 ? undefined : this.#values.get(name);
  }

  set(name: string, number: number, value: V): void {
    const bit = number & (FILTER_BITS - 1);
    this.#filter[bit >>> 3] = (this.#filter[bit >>> 3] ?? 0) | (1 << (bit & 7));
    this.#values.set(name, value);
  }

  delete(name: string): void {
    this.#values.delete(name);
  }
}
