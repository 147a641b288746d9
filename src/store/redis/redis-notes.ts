import type { SharedNotes } from '../opened-store.ts';
import type { ScriptReader } from './scripts/script-reader.ts';

const KEY = 'notes';
const PAGE = 1_000;

/** Returns notes in a stream of the shop, whose ids are times of the server. */
export function redisNotes(reader: ScriptReader): SharedNotes {
  return {
    add: async (note, keepMs) => {
      await reader.command('XADD', KEY, ['MINID', `${Math.floor(Date.now() - keepMs)}-0`, '*', 'n', note]);
    },
    after: async (position) => {
      const page = await reader.command('XRANGE', KEY, [position === null ? '-' : `(${position}`, '+', 'COUNT', PAGE]);
      return (page as [Buffer, [Buffer, Buffer]][]).map(([id, [, note]]) => ({
        position: String(id),
        note: String(note),
      }));
    },
  };
}
