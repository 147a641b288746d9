import type { LedgerEntry, Movement, MovementId } from '../../domain/records.ts';
import { StoreError } from '../store.ts';
import { decodeLedgerEntry } from './record-codec.ts';
import type { ScriptReader } from './script-reader.ts';

/** Entries that one XTRIM may look at; more would hold up everybody else. */
const TRIM_CHUNK = 10_000;

type RawEntry = [id: Buffer, fields: [Buffer, Buffer]];

/** A SKU's movements, newest first. Rejects with `undecodable` where the chain of pointers is broken by such a record. */
export async function history(
  reader: ScriptReader,
  sku: string,
  page: { before?: MovementId; limit: number },
): Promise<Movement[]> {
  const [ids, raws] = (await reader.run('history', [sku, page.before ?? '', page.limit])) as [Buffer[], Buffer[]];
  return ids.flatMap((rawId, index) => {
    const entry = decodeOrThrow(String(rawId), raws[index] ?? Buffer.alloc(0));
    return entry.kind === 'document' ? [] : [entry];
  });
}

function decodeOrThrow(id: string, raw: Buffer): LedgerEntry {
  try {
    return decodeLedgerEntry(id, raw);
  } catch (error) {
    throw new StoreError('undecodable', `movement:${id}`, { cause: error });
  }
}

/**
 * The ledger in order. An entry that cannot be decoded is passed over, and `warn` is told: it must not stop what follows the
 * ledger, and the audit's fold will miss it.
 */
export async function feed(
  reader: ScriptReader,
  page: { after: MovementId | null; limit: number },
  warn: (line: string) => void,
): Promise<LedgerEntry[]> {
  let { after } = page;
  for (;;) {
    const from = after === null ? '-' : `(${after}`;
    const raws = (await reader.command('XRANGE', 'ledger', [from, '+', 'COUNT', page.limit])) as RawEntry[];
    const entries = raws.flatMap(([id, [, raw]]) => decodeOrWarn(String(id), raw, warn));
    const last = raws.at(-1);
    if (entries.length > 0 || last === undefined) return entries;
    after = String(last[0]);
  }
}

function decodeOrWarn(id: string, raw: Buffer, warn: (line: string) => void): LedgerEntry[] {
  try {
    return [decodeLedgerEntry(id, raw)];
  } catch (error) {
    warn(`ledger entry ${id} cannot be decoded: ${(error as Error).message}`);
    return [];
  }
}

/** Drops entries up to and including `through`, some thousands a command. */
export async function trimLedger(reader: ScriptReader, through: MovementId): Promise<void> {
  const [sequence, index] = through.split('-').map(Number) as [number, number];
  const least = `${sequence}-${index + 1}`;
  const about = ['MINID', '~', least, 'LIMIT', TRIM_CHUNK];
  while (Number(await reader.command('XTRIM', 'ledger', about)) > 0);
  await reader.command('XTRIM', 'ledger', ['MINID', '=', least]);
}
