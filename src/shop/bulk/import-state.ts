import type { Snapshot } from '../../store/store.ts';
import { assertReadable } from '../../contract/call.ts';
import { shortHash } from '../../transact/ids.ts';
import { importKey } from '../../transact/names.ts';
import type { ImportReport, RowProblem } from '../../contract/stock-outputs.ts';
import { PROBLEMS_LISTED_MAX } from './bulk-api.ts';

/** The document of a file. It is written in the same transaction as each chunk. */
export interface ImportState
  extends Omit<ImportReport, 'resumedFrom' | 'unreadable' | 'takenOver' | 'alreadyImportedAt'> {
  /** When the whole file was finished; absent before. */
  doneAt?: number;
  /** The digest of all applied rows. */
  digest: string;
}

/** Returns the document key of a file. It hashes `key`, which may have characters that a document key must not have. */
export const importDocument = (key: string): string => importKey(shortHash('import', key));

export const NOTHING_DONE: ImportState = {
  rows: 0,
  applied: 0,
  unchanged: 0,
  problems: [],
  problemCount: 0,
  done: false,
  digest: '',
};

/** The state of a file, and the version of its document; null if it does not exist. */
export interface FileState {
  state: ImportState;
  version: number | null;
}

/** Returns the state from a view whose first document is the file's. */
export function stateIn(view: Snapshot, document: string): FileState {
  assertReadable(view, `document:${document}`);
  const found = view.documents[0];
  if (!found) return { state: NOTHING_DONE, version: null };
  return { state: JSON.parse(found.record.body) as ImportState, version: found.record.version };
}

export function reportOf(state: ImportState, resumedFrom: number): ImportReport {
  const { digest: _, doneAt: __, ...report } = state;
  return { ...report, resumedFrom };
}

/** The outcome of a chunk. */
export interface ChunkOutcome {
  applied: number;
  unchanged: number;
  problems: readonly RowProblem[];
}

export function advance(
  state: ImportState,
  { applied, unchanged, problems }: ChunkOutcome,
  to: Pick<ImportState, 'rows' | 'digest' | 'done' | 'doneAt'>,
): ImportState {
  const room = PROBLEMS_LISTED_MAX - state.problems.length;
  return {
    ...to,
    applied: state.applied + applied,
    unchanged: state.unchanged + unchanged,
    problems: room > 0 && problems.length > 0 ? [...state.problems, ...problems.slice(0, room)] : state.problems,
    problemCount: state.problemCount + new Set(problems.map(({ row }) => row)).size,
  };
}
