import { compareMovements, sequenceOf } from '../../../domain/movement-ids.ts';
import type { LedgerEntry, Movement, MovementId } from '../../../domain/records.ts';
import { type PageOf, StoreError } from '../../store.ts';
import { decodeLedger, sequenceBefore } from '../codec/ledger-codec.ts';
import type { ScriptReader } from '../scripts/script-reader.ts';

/** The entries that one XTRIM may check. More would delay other calls. */
const TRIM_CHUNK = 10_000;

type RawEntry = [id: Buffer, fields: [Buffer, Buffer]];

const isAfter = ({ id }: LedgerEntry, other: MovementId | null): boolean =>
  other === null || compareMovements(id, other) > 0;

/** Rejects with `StoreError` `undecodable` where such an entry breaks the chain of movements. */
export async function readHistory(
  reader: ScriptReader,
  sku: string,
  { before, limit }: { before?: MovementId; limit: number },
): Promise<Movement[]> {
  const from = before === undefined ? '' : sequenceOf(before);
  const trimmed = await trimmedThrough(reader);
  const [ids, raws] = (await reader.run('history', [sku, from, limit + 1])) as [Buffer[], Buffer[]];
  const isWanted = (entry: LedgerEntry): entry is Movement =>
    entry.kind !== 'document' &&
    entry.sku === sku &&
    (before === undefined || compareMovements(entry.id, before) < 0) &&
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

/** The batches that are read to estimate the number of movements in a batch. */
const FIRST_BATCHES = 8;

/**
 * Returns the ledger in order. Skips and logs an entry that cannot be decoded: it must not stop the readers, and the
 * audit finds it missing.
 *
 * XRANGE counts batches. A batch has one movement or thousands, so the first few batches show how many to request.
 */
export async function feed(
  reader: ScriptReader,
  { after, limit }: PageOf<'feed'>,
  warn: (line: string) => void,
): Promise<LedgerEntry[]> {
  // The id of an entry is the last sequence of its batch, so the range begins with the batch that contains `after`.
  let from = after === null ? '-' : `${sequenceOf(after)}-0`;
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

/** Returns the movements of a batch that are after all bounds; none where the entry cannot be decoded. */
function decodeOrWarn(
  id: string,
  raw: Buffer,
  warn: (line: string) => void,
  bounds: readonly (MovementId | null)[],
): LedgerEntry[] {
  try {
    const entries = decodeLedger(raw);
    const cutting = bounds.filter((bound) => bound !== null && sequenceOf(bound) > sequenceBefore(raw));
    return cutting.length === 0 ? entries : entries.filter((entry) => cutting.every((bound) => isAfter(entry, bound)));
  } catch (error) {
    warn(`ledger entry ${id} cannot be decoded: ${(error as Error).message}`);
    return [];
  }
}

/** Resolves with the last trimmed movement. The entry that contains it may still exist. */
async function trimmedThrough(reader: ScriptReader): Promise<MovementId | null> {
  const raw = (await reader.command('HGET', 'meta', ['trimmed'])) as Buffer | null;
  return raw && String(raw);
}

/** Drops the entries of batches that end with `through` or before it. Hides the movements before it that remain. */
export async function trimLedgerInRedis(reader: ScriptReader, through: MovementId): Promise<void> {
  const trimmed = await trimmedThrough(reader);
  if (trimmed === null || compareMovements(trimmed, through) < 0) {
    await reader.command('HSET', 'meta', ['trimmed', through]);
  }
  const sequence = sequenceOf(through);
  const [entry] = (await reader.command('XRANGE', 'ledger', [`${sequence}-0`, `${sequence}-0`])) as RawEntry[];
  const isWhole = entry !== undefined && decodeOrWarn(through, entry[1][1], () => undefined, []).at(-1)?.id === through;
  const least = isWhole ? `${sequence + 1}-0` : `${sequence}-0`;
  const about = ['MINID', '~', least, 'LIMIT', TRIM_CHUNK];
  while (Number(await reader.command('XTRIM', 'ledger', about)) > 0);
  await reader.command('XTRIM', 'ledger', ['MINID', '=', least]);
}
