import type { DocumentRecord, HoldRecord, StockRecord } from '../../../domain/records.ts';
import type { PageOf, ScanKind, ScanPage } from '../../store.ts';
import { decodedOrBad, isBad } from '../codec/bad-record.ts';
import { duePlaceOf, positionOf } from '../codec/hold-places.ts';
import { decodeDocument, decodeHold, decodeStock } from '../codec/record-codec.ts';
import type { ScriptReader } from '../scripts/script-reader.ts';
import { numberOrNull } from './snapshot-codec.ts';

type Raws = (Buffer | null)[];

/** The reply of a list script: names in their order, their raw records, and the due times of documents. */
type RawPage = [names: Buffer[], records: Raws, due?: Raws];

/** The records that one script call returns at most. */
const FETCH_MAX = 1_000;

const beyond = (name: string): string => `(${name}`;

/**
 * Skips undecodable records (`scan` returns them), and continues until the page is full or the list ends: a shorter
 * page would look like the end.
 */
async function fullPage<T extends object>(
  limit: number,
  from: string,
  fetch: (from: string, limit: number) => Promise<unknown>,
  decode: (name: string, raw: Buffer, due: number | null) => T,
): Promise<T[]> {
  const found: T[] = [];
  let start = from;
  for (;;) {
    const wanted = Math.min(limit - found.length, FETCH_MAX);
    const [names, records, due = []] = (await fetch(start, wanted)) as RawPage;
    for (const [index, name] of names.entries()) {
      const raw = records[index];
      const record = raw && decodedOrBad(() => decode(String(name), raw, numberOrNull(due[index])));
      if (record && !isBad(record)) found.push(record);
    }
    const last = names.at(-1);
    if (last === undefined || names.length < wanted || found.length >= limit) return found;
    start = beyond(String(last));
  }
}

export function listStock(reader: ScriptReader, { after, limit }: PageOf<'listStock'>): Promise<StockRecord[]> {
  const fetch = (from: string, count: number) => reader.run('list-stock', [from, count]);
  return fullPage(limit, after === undefined ? '-' : beyond(after), fetch, (sku, raw) => decodeStock(sku, raw).record);
}

export function listHolds(reader: ScriptReader, page: PageOf<'listHolds'>): Promise<HoldRecord[]> {
  const { sku, limit } = page;
  const [start, end] = sku === undefined ? ['-', '+'] : [`[${sku}\0`, beyond(`${sku}\u0001`)];
  const after = page.after && beyond(duePlaceOf(page.after));
  // A position of an earlier SKU is before the start.
  const from = after !== undefined && (start === '-' || after.slice(1) >= start.slice(1)) ? after : start;
  const fetch = (first: string, count: number) => reader.run('list-holds', [first, end, count]);
  return fullPage(limit, from, fetch, (position, raw) => decodeHold(positionOf(position).holdId, raw));
}

export function listDocuments(reader: ScriptReader, page: PageOf<'listDocuments'>): Promise<DocumentRecord[]> {
  const { list, before, limit } = page;
  const fetch = (from: string, count: number) => reader.run('list-documents', [list, from, count]);
  return fullPage(limit, before === undefined ? '+' : beyond(before), fetch, decodeDocument);
}

const SINGULAR: Record<ScanKind, string> = { stock: 'stock', holds: 'hold', documents: 'document' };

export async function scan(reader: ScriptReader, { kind, cursor, limit }: PageOf<'scan'>): Promise<ScanPage> {
  const reply = await reader.run('scan', [kind, cursor ?? '0', limit]);
  const [sequence, next, names, raws, due, total] = reply as [Buffer, Buffer, Buffer[], Buffer[], Raws, number];
  const page: ScanPage = {
    sequence: Number(sequence),
    total: Number(total),
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
