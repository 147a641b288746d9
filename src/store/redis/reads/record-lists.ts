import type { DocumentList, DocumentRecord, HoldRecord, StockRecord } from '../../../domain/records.ts';
import type { HoldPosition, ScanKind, ScanPage } from '../../store.ts';
import { placeOf, positionOf } from '../codec/hold-places.ts';
import { decodeDocument, decodeHold, decodeStock } from '../codec/record-codec.ts';
import type { ScriptReader } from '../scripts/script-reader.ts';
import { numberOrNull } from './snapshot-codec.ts';

type Raws = (Buffer | null)[];

/** One raw page: names in their order, what stands under each, and a sign of when it is due. */
interface RawPage {
  names: string[];
  records: Raws;
  due: Raws;
}

/** Records that one script call hands out. */
const FETCH_MAX = 1_000;

/**
 * Lists leave out what cannot be decoded (`scan` names it), and go on reading until the page is full or the list ends:
 * a page that such records made short would look like the end.
 */
async function fullPage<T>(
  limit: number,
  from: string,
  fetch: (from: string, limit: number) => Promise<RawPage>,
  { decode, after }: { decode: (name: string, raw: Buffer, due: number | null) => T; after: (name: string) => string },
): Promise<T[]> {
  const found: T[] = [];
  let start = from;
  for (;;) {
    const wanted = Math.min(limit - found.length, FETCH_MAX);
    const { names, records, due } = await fetch(start, wanted);
    for (const [index, name] of names.entries()) {
      const raw = records[index];
      if (raw) ifDecodable(() => found.push(decode(name, raw, numberOrNull(due[index]))));
    }
    const last = names.at(-1);
    if (last === undefined || names.length < wanted || found.length >= limit) return found;
    start = after(last);
  }
}

function ifDecodable(decode: () => void): void {
  try {
    decode();
  } catch {
    return;
  }
}

const asPage = (reply: unknown): RawPage => {
  const [names, records, due = []] = reply as [Buffer[], Raws, Raws?];
  return { names: names.map(String), records, due };
};

export function listStock(reader: ScriptReader, page: { after?: string; limit: number }): Promise<StockRecord[]> {
  const beyond = (sku: string) => `(${sku}`;
  return fullPage(
    page.limit,
    page.after === undefined ? '-' : beyond(page.after),
    async (from, limit) => asPage(await reader.run('list-stock', [from, limit])),
    { decode: (sku, raw) => decodeStock(sku, raw).record, after: beyond },
  );
}

export function listHolds(
  reader: ScriptReader,
  page: { sku?: string; after?: HoldPosition; limit: number },
): Promise<HoldRecord[]> {
  const beyond = (position: string) => `(${position}`;
  const start = page.sku === undefined ? '-' : `[${page.sku}\0`;
  const end = page.sku === undefined ? '+' : `(${page.sku}\u0001`;
  const after = page.after && beyond(placeOf(page.after));
  // A position of an earlier SKU is before the start: the later of the two counts.
  const from = after !== undefined && (start === '-' || after.slice(1) >= start.slice(1)) ? after : start;
  return fullPage(page.limit, from, async (from, limit) => asPage(await reader.run('list-holds', [from, end, limit])), {
    decode: (position, raw) => decodeHold(positionOf(position).holdId, raw),
    after: beyond,
  });
}

export function listDocuments(
  reader: ScriptReader,
  page: { list: DocumentList; before?: string; limit: number },
): Promise<DocumentRecord[]> {
  const beyond = (key: string) => `(${key}`;
  return fullPage(
    page.limit,
    page.before === undefined ? '+' : beyond(page.before),
    async (from, limit) => asPage(await reader.run('list-documents', [page.list, from, limit])),
    { decode: decodeDocument, after: beyond },
  );
}

const SINGULAR: Record<ScanKind, string> = { stock: 'stock', holds: 'hold', documents: 'document' };

export async function scan(
  reader: ScriptReader,
  { kind, cursor, limit }: { kind: ScanKind; cursor: string | null; limit: number },
): Promise<ScanPage> {
  const reply = await reader.run('scan', [kind, cursor ?? '0', limit]);
  const [sequence, next, names, raws, due] = reply as [Buffer, Buffer, Buffer[], Buffer[], Raws];
  const page: ScanPage = {
    sequence: Number(sequence),
    stock: [],
    holds: [],
    documents: [],
    undecodable: [],
    next: String(next) === '0' ? null : String(next),
  };
  for (const [index, rawName] of names.entries()) {
    const [name, raw] = [String(rawName), raws[index] ?? Buffer.alloc(0)];
    try {
      if (kind === 'stock') page.stock.push(decodeStock(name, raw).record);
      else if (kind === 'holds') page.holds.push(decodeHold(name, raw));
      else page.documents.push(decodeDocument(name, raw, numberOrNull(due[index])));
    } catch (error) {
      page.undecodable.push({ record: `${SINGULAR[kind]}:${name}`, problem: (error as Error).message });
    }
  }
  return page;
}
