import type { MoveBody } from '../../store/loss-recovery.ts';
import { cursorKey } from '../../transact/documents/names.ts';

/** The documents of readers of the ledger. Their bodies name entries, which a replay writes under new sequences. */
const READERS = [cursorKey(''), 'webhook:queue:', 'webhook:money:', 'ledger:followers'];
const BARE = /^\d+-\d+$/;
/** An entry as a whole text in JSON. The id of an event of a SKU has an `s` behind it. */
const QUOTED = /"(\d+-\d+)(s?)"/g;

/** Moves the positions of readers with the entries, so that a reader does not get them a second time. */
export const movedPositions: MoveBody = (key, body, moved) => {
  if (!READERS.some((prefix) => key.startsWith(prefix))) return body;
  if (BARE.test(body)) return moved(body);
  return body.replaceAll(QUOTED, (_, position: string, suffix: string) => `"${moved(position)}${suffix}"`);
};
