import type { MoveBody } from '../../store/loss-recovery.ts';
import { cursorKey } from '../../transact/documents/names.ts';

/** The documents of readers of the ledger. Their bodies name entries, which a replay writes under new sequences. */
const LEDGER_READERS = [cursorKey(''), 'webhook:queue:', 'webhook:money:', 'ledger:followers'];
const BARE = /^\d+-\d+$/;
/** A position that is a whole string in JSON. In the id of an event of a SKU, an `s` follows it. */
const QUOTED = /"(\d+-\d+)(s?)"/g;

/** Moves the positions of readers to the new positions of the entries, so that no reader gets an entry twice. */
export const movedPositions: MoveBody = (key, body, moved) => {
  if (!LEDGER_READERS.some((prefix) => key.startsWith(prefix))) return body;
  if (BARE.test(body)) return moved(body);
  return body.replaceAll(QUOTED, (_, position: string, suffix: string) => `"${moved(position)}${suffix}"`);
};
