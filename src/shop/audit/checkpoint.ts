import type { DocumentRecord, MovementId } from '../../domain/records.ts';
import type { Snapshot } from '../../store/store.ts';
import type { Read } from '../stock/units/stock-reader.ts';
import type { LedgerTotals } from '../../contract/outputs/admin-outputs.ts';
import type { FoldRow, LedgerFold } from './ledger-fold.ts';
import type { StoredTotals } from './ledger-sums.ts';

/** The document that names the valid checkpoint. Its parts are documents whose keys contain its last entry. */
export const CHECKPOINT = 'checkpoint:ledger';
/** The size of a part in characters: well below a document's limit, even if every character has several bytes. */
const CHECKPOINT_PART_CHARS_MAX = 60_000;
const PARTS_READ = 16;

/** A fold of the ledger up to an entry, in the form that documents store. */
export interface Checkpoint {
  through: MovementId;
  totals: LedgerTotals;
  parts: string[];
}

interface Head {
  through: MovementId;
  totals: StoredTotals;
  parts: number;
}

export const checkpointPartKey = (through: MovementId, part: number): string => `checkpoint:${through}:${part}`;

export const headBody = ({ through, totals, parts }: Checkpoint): string =>
  JSON.stringify({ through, totals, parts: parts.length } satisfies Head);

export function takeCheckpoint(fold: LedgerFold, through: MovementId): Checkpoint {
  const parts: string[] = [];
  let rows: string[] = [];
  let chars = 0;
  const close = (): void => {
    if (rows.length > 0) parts.push(`[${rows.join(',')}]`);
    rows = [];
    chars = 0;
  };
  for (const row of fold.rows()) {
    const text = JSON.stringify(row);
    rows.push(text);
    chars += text.length;
    if (chars >= CHECKPOINT_PART_CHARS_MAX) close();
  }
  close();
  return { through, totals: fold.totals, parts };
}

/** Returns the head of the valid checkpoint; null if there is none. Throws `SyntaxError` if it cannot be read. */
export function checkpointHead({ documents: [found] }: Snapshot): (Head & { version: number }) | null {
  if (!found) return null;
  return { ...(JSON.parse(found.record.body) as Head), version: found.record.version };
}

/**
 * Restores `fold` from the checkpoint. Resolves with the checkpoint's last ledger entry and the version of its head,
 * both null if there is none. Rejects with `SyntaxError` or `TypeError` if the checkpoint cannot be read.
 */
export async function loadCheckpoint(
  read: Read,
  fold: LedgerFold,
): Promise<{ through: MovementId | null; version: number | null }> {
  const head = checkpointHead(await read({ documents: [CHECKPOINT] }));
  if (!head) return { through: null, version: null };
  for (let from = 0; from < head.parts; from += PARTS_READ) {
    const count = Math.min(PARTS_READ, head.parts - from);
    const keys = Array.from({ length: count }, (_, index) => checkpointPartKey(head.through, from + index));
    const { documents } = await read({ documents: keys });
    for (const found of documents) for (const row of foldRows(found?.record)) fold.restore(row);
  }
  fold.restoreTotals(head.totals);
  return { through: head.through, version: head.version };
}

function foldRows(record: DocumentRecord | undefined): FoldRow[] {
  if (!record) throw new TypeError('a part of the checkpoint is missing');
  return JSON.parse(record.body) as FoldRow[];
}
