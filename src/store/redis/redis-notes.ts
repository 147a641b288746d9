import type { SharedNotes } from '../opened-store.ts';
import type { ScriptReader } from './scripts/script-reader.ts';

const KEY = 'notes';
const PAGE_NOTES = 100;
/** The most bytes of all notes, if they are of about the same size. */
const BYTES_MAX = 16 * 1024 * 1024;

/** Returns notes in a stream of the shop. Their positions are times of the server, which decide how old they are. */
export function redisNotes(reader: ScriptReader): SharedNotes {
  return {
    add: async (note, keepMs) => {
      const notesMax = Math.max(1, Math.floor(BYTES_MAX / Buffer.byteLength(note)));
      const position = String(await reader.command('XADD', KEY, ['MAXLEN', notesMax, '*', 'n', note]));
      const oldest = Math.max(0, Math.floor(Number.parseInt(position, 10) - keepMs));
      await reader.command('XTRIM', KEY, ['MINID', `${oldest}-0`]);
    },
    after: async (position) => {
      const page = await reader.command('XRANGE', KEY, [
        position === null ? '-' : `(${position}`,
        '+',
        'COUNT',
        PAGE_NOTES,
      ]);
      return (page as [Buffer, [Buffer, Buffer]][]).map(([id, [, note]]) => ({
        position: String(id),
        note: String(note),
      }));
    },
  };
}
