import type { ImportEntry } from './bulk-api.ts';
import type { EntrySource } from './entry-source.ts';
import type { FileDigest } from './file-digest.ts';
import type { Chunk } from './import-chunk.ts';

/** Rows that one transaction applies: enough to make the commit cheap, few beside what shoppers do. */
export const CHUNK_ROWS = 250;

/**
 * Cuts what is left of a file into chunks that name each SKU once, and reads no further than the chunk that was asked
 * for. The last one may be empty.
 */
export async function* chunksOf(source: EntrySource, digest: FileDigest): AsyncGenerator<Chunk> {
  let held: ImportEntry | null = null;
  for (;;) {
    const from = digest.rows;
    const digestBefore = digest.value();
    const taken: ImportEntry[] = [];
    const skus = new Set<string>();
    let isLast = false;
    let failure: { error: unknown } | null = null;
    while (taken.length < CHUNK_ROWS) {
      const next: ImportEntry | null =
        held ??
        source.takeReady() ??
        (await source.take().catch((error: unknown) => {
          failure = { error };
          return null;
        }));
      held = null;
      isLast = next === null && failure === null;
      if (next === null) break;
      if ('row' in next && skus.has(next.row.sku)) {
        held = next;
        break;
      }
      if ('row' in next) skus.add(next.row.sku);
      taken.push(next);
    }
    digest.addAll(taken);
    // What came before the place where the file cannot be read any further is dealt with.
    if (failure === null || taken.length > 0)
      yield { from, entries: taken, digestBefore, digestAfter: digest.value(), isLast };
    if (failure !== null) throw (failure as { error: unknown }).error;
    if (isLast) return;
  }
}
