import { compareTexts } from '../../../domain/skus.ts';
import { type IndexedSku, IndexSegment, type SkuConditions } from './index-segment.ts';

/** A segment with more SKUs is split. A change of one SKU takes its segment apart. */
const SEGMENT_SKUS_MAX = 250;

/** The SKUs of a shop in the order of its lists, with the data that searches use. */
export class SkuIndex {
  #segments: IndexSegment[] = [];
  #chars = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The number of stored characters. */
  get chars(): number {
    return this.#chars;
  }

  /** Adds SKUs that follow all others, in their order. */
  append(rows: readonly IndexedSku[]): void {
    this.#replace(this.#segments.length, 0, segmentsOf(rows));
  }

  /** Adds a SKU, or replaces its data. */
  put(row: IndexedSku): void {
    const at = this.#segmentOf(row.sku);
    const segment = this.#segments[at];
    if (segment?.setUnits(row)) return;
    this.#replace(at, 1, segmentsOf(withRow(segment?.rows() ?? [], row)));
  }

  /** Yields the SKUs that meet the conditions, in their order, for each segment that may have some. */
  *find(conditions: SkuConditions): Generator<string[]> {
    const { prefix, after = prefix } = conditions;
    // A copy, because segments may be split meanwhile.
    for (const segment of this.#segments.slice(after === undefined ? 0 : this.#segmentOf(after))) {
      if (isBehind(segment.first, prefix)) return;
      yield segment.find(conditions);
    }
  }

  /** Returns the position of the segment that has a SKU, or would have it. */
  #segmentOf(sku: string): number {
    let [low, high] = [0, this.#segments.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (compareTexts(this.#segments[middle]?.first ?? '', sku) <= 0) low = middle;
      else high = middle - 1;
    }
    return Math.max(low, 0);
  }

  #replace(at: number, count: number, segments: readonly IndexSegment[]): void {
    for (const { chars, size } of this.#segments.splice(at, count, ...segments)) {
      this.#chars -= chars;
      this.#size -= size;
    }
    for (const { chars, size } of segments) {
      this.#chars += chars;
      this.#size += size;
    }
  }
}

const isBehind = (first: string, prefix: string | undefined): boolean =>
  prefix !== undefined && !first.startsWith(prefix) && compareTexts(first, prefix) > 0;

function withRow(rows: readonly IndexedSku[], row: IndexedSku): IndexedSku[] {
  const others = rows.filter(({ sku }) => sku !== row.sku);
  const after = others.findIndex(({ sku }) => compareTexts(sku, row.sku) > 0);
  return others.toSpliced(after < 0 ? others.length : after, 0, row);
}

function segmentsOf(rows: readonly IndexedSku[]): IndexSegment[] {
  const parts = Math.ceil(rows.length / SEGMENT_SKUS_MAX);
  const size = Math.ceil(rows.length / parts);
  return Array.from({ length: parts }, (_, part) => new IndexSegment(rows.slice(part * size, (part + 1) * size)));
}
