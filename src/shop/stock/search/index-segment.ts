import { compareTexts } from '../../../domain/skus.ts';

/** A SKU in the index. */
export interface IndexedSku {
  sku: string;
  /** The text in which a search looks for `contains`: see `searchedText`. */
  text: string;
  /** A lower bound of the units that buyers could get. `Infinity`: the SKU is not shown. */
  available: number;
}

/** The conditions of a search for SKUs. */
export interface SkuConditions {
  /** Only SKUs after this one. */
  after?: string | undefined;
  prefix?: string | undefined;
  /** In small letters. */
  contains?: string | undefined;
  availableMax?: number | undefined;
}

/** A character that neither SKUs nor searched texts contain. */
const SEPARATOR = '\n';

/**
 * Returns the name and the title of a SKU in small letters, with a tab between them, which no searched text contains.
 */
export const searchedText = (sku: string, title: string): string =>
  `${sku.toLowerCase()}\t${title.toLowerCase().replaceAll(SEPARATOR, ' ')}`;

/**
 * Some hundred consecutive SKUs as two strings and one array. Otherwise a million SKUs would be three million objects
 * for the garbage collector to visit.
 */
export class IndexSegment {
  readonly first: string;
  #skus: string;
  #texts: string;
  readonly #available: Float64Array;

  /** At least one row. */
  constructor(rows: readonly IndexedSku[]) {
    this.first = rows[0]?.sku ?? '';
    this.#skus = rows.map(({ sku }) => sku).join(SEPARATOR);
    this.#texts = rows.map(({ text }) => text).join(SEPARATOR);
    this.#available = Float64Array.from(rows, ({ available }) => available);
  }

  get size(): number {
    return this.#available.length;
  }

  /** The number of stored characters. */
  get chars(): number {
    return this.#skus.length + this.#texts.length;
  }

  /** Returns whether it has the SKU with the same text. Then the units are replaced. */
  setUnits({ sku, text, available }: IndexedSku): boolean {
    const at = sortedIndexOf(sku, this.#skus.split(SEPARATOR));
    if (at === null || this.#texts.split(SEPARATOR)[at] !== text) return false;
    this.#available[at] = available;
    return true;
  }

  rows(): IndexedSku[] {
    const texts = this.#texts.split(SEPARATOR);
    return this.#skus
      .split(SEPARATOR)
      .map((sku, at) => ({ sku, text: texts[at] ?? '', available: this.#available[at] ?? 0 }));
  }

  /** Returns the SKUs that meet the conditions. Most segments have none, which it finds without taking them apart. */
  find({ after, prefix, contains, availableMax = Number.MAX_VALUE }: SkuConditions): string[] {
    if (contains !== undefined && !this.#texts.includes(contains)) return [];
    if (!this.#available.some((available) => available <= availableMax)) return [];
    const texts = contains === undefined ? null : this.#texts.split(SEPARATOR);
    return this.#skus
      .split(SEPARATOR)
      .filter(
        (sku, at) =>
          (this.#available[at] ?? 0) <= availableMax &&
          (contains === undefined || (texts?.[at] ?? '').includes(contains)) &&
          (prefix === undefined || sku.startsWith(prefix)) &&
          (after === undefined || compareTexts(sku, after) > 0),
      );
  }
}

function sortedIndexOf(sku: string, sorted: readonly string[]): number | null {
  let [low, high] = [0, sorted.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const order = compareTexts(sorted[middle] ?? '', sku);
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle - 1;
  }
  return null;
}
