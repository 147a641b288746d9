import type { LedgerEntry, Movement, MovementId } from '../../../domain/records.ts';
import { StoreError } from '../../store.ts';
import { decodeLedger, sequenceBefore } from '../codec/ledger-codec.ts';
import type { ScriptReader } from '../scripts/script-reader.ts';

/** Entries that one XTRIM may look at; more would hold up everybody else. */
const TRIM_CHUNK = 10_000;

type RawEntry = [id: Buffer, fields: [Buffer, Buffer]];

const partsOf = (id: MovementId): [number, number] => id.split('-').map(Number) as [number, number];

/** Whether a movement is before another one in the ledger. */
function isBefore(id: MovementId, other: MovementId): boolean {
  const [[sequence, index], [otherSequence, otherIndex]] = [partsOf(id), partsOf(other)];
  return sequence < otherSequence || (sequence === otherSequence && index < otherIndex);
}

/**
 * A SKU's movements, newest first. Rejects with `undecodable` where the chain of pointers is broken by such a record.
 */
export async function readHistory(
  reader: ScriptReader,
  sku: string,
  { before, limit }: { before?: MovementId; limit: number },
): Promise<Movement[]> {
  const from = before === undefined ? '' : String(partsOf(before)[0]);
  const trimmed = await trimmedThrough(reader);
  const [ids, raws] = (await reader.run('history', [sku, from, limit + 1])) as [Buffer[], Buffer[]];
  const isWanted = (entry: LedgerEntry): entry is Movement =>
    entry.kind !== 'document' &&
    entry.sku === sku &&
    (before === undefined || isBefore(entry.id, before)) &&
    isAfter(entry, trimmed);
  const movements = ids.flatMap((id, index) => decodeOrThrow(String(id), raws[index]).filter(isWanted).reverse());
  return movements.slice(0, limit);
}

function decodeOrThrow(id: string, raw: Buffer | undefined): LedgerEntry[] {
  try {
    return decodeLedger(raw ?? Buffer.alloc(0));
  } catch (error) {
    throw new StoreError('undecodable', `movement:${id}`, { cause: error });
  }
}

/** Batches that are read to learn how many movements they have. */
const FIRST_BATCHES = 8;

/**
 * The ledger in order. An entry that cannot be decoded is passed over, and `warn` gets a line: it must not stop what
 * follows the ledger, and the audit's fold will miss it.
 *
 * Redis counts batches and not movements. A batch has one movement or thousands, so the first few say how many to ask
 * for.
 */
export async function feed(
  reader: ScriptReader,
  { after, limit }: { after: MovementId | null; limit: number },
  warn: (line: string) => void,
): Promise<LedgerEntry[]> {
  // The entry of a batch has its last sequence as its id, so the one that holds `after` begins the range.
  let from = after === null ? '-' : `${partsOf(after)[0]}-0`;
  let batches = 0;
  const trimmed = trimmedThrough(reader);
  const found: LedgerEntry[] = [];
  for (;;) {
    const wanted = Math.ceil((limit - found.length) * (batches / found.length || 1));
    const count = Math.min(limit, batches === 0 ? FIRST_BATCHES : wanted);
    const range = reader.command('XRANGE', 'ledger', [from, '+', 'COUNT', count]);
    const [past, raws] = await Promise.all([trimmed, range as Promise<RawEntry[]>]);
    for (const [id, [, raw]] of raws) {
      found.push(...decodeOrWarn(String(id), raw, warn, [after, past]));
      batches += 1;
      if (found.length >= limit) return found.length > limit ? found.slice(0, limit) : found;
    }
    const last = raws.at(-1);
    if (last === undefined || raws.length < count) return found;
    from = `(${String(last[0])}`;
  }
}

/** Movements of a batch that are after all of the given ones; none where the entry cannot be decoded. */
function decodeOrWarn(
  id: string,
  raw: Buffer,
  warn: (line: string) => void,
  bounds: readonly (MovementId | null)[],
): LedgerEntry[] {
  try {
    const entries = decodeLedger(raw);
    const cutting = bounds.filter((bound) => bound !== null).filter((bound) => partsOf(bound)[0] > sequenceBefore(raw));
    const from = Math.max(0, ...cutting.map((bound) => countThrough(entries, bound)));
    return from === 0 ? entries : entries.slice(from);
  } catch (error) {
    warn(`ledger entry ${id} cannot be decoded: ${(error as Error).message}`);
    return [];
  }
}

/** How many of the entries, which are in their order, are not after `bound`. */
function countThrough(entries: readonly LedgerEntry[], bound: MovementId): number {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isAfter(entries[middle] as LedgerEntry, bound)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The last movement that was trimmed; an entry that holds it and later ones is still there. */
async function trimmedThrough(reader: ScriptReader): Promise<MovementId | null> {
  const raw = (await reader.command('HGET', 'meta', ['trimmed'])) as Buffer | null;
  return raw && String(raw);
}

const isAfter = ({ id }: LedgerEntry, other: MovementId | null): boolean => other === null || isBefore(other, id);

/**
 * Drops the entries of batches that end with `through` or before it, some thousands a command, and hides what is left.
 */
export async function trimLedger(reader: ScriptReader, through: MovementId): Promise<void> {
  const trimmed = await trimmedThrough(reader);
  if (trimmed === null || isBefore(trimmed, through)) await reader.command('HSET', 'meta', ['trimmed', through]);
  const [sequence] = partsOf(through);
  const [entry] = (await reader.command('XRANGE', 'ledger', [`${sequence}-0`, `${sequence}-0`])) as RawEntry[];
  const isWhole = entry !== undefined && decodeOrWarn(through, entry[1][1], () => undefined, []).at(-1)?.id === through;
  const least = isWhole ? `${sequence + 1}-0` : `${sequence}-0`;
  const about = ['MINID', '~', least, 'LIMIT', TRIM_CHUNK];
  while (Number(await reader.command('XTRIM', 'ledger', about)) > 0);
  await reader.command('XTRIM', 'ledger', ['MINID', '=', least]);
}
