import type { Snapshot } from '../../store/store.ts';
import { assertReadable } from '../../contract/failures.ts';
import { shortHash } from '../../transact/ids.ts';
import { importKey } from '../../transact/names.ts';
import type { ImportReport, RowProblem } from '../../contract/stock-outputs.ts';
import { PROBLEMS_LISTED_MAX } from './bulk-api.ts';

/** What the document of a file keeps, written with every chunk in the same transaction. */
export interface ImportState
  extends Omit<ImportReport, 'resumedFrom' | 'unreadable' | 'takenOver' | 'alreadyImportedAt'> {
  /** When the whole file was done; absent before. */
  doneAt?: number;
  /** Of the content of all rows done. */
  digest: string;
}

/** The key itself may have characters that no document's key may have. */
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

/** The state of a file, and the version of its document; null where there is none. */
export interface FileState {
  state: ImportState;
  version: number | null;
}

/** The state in a view whose first document is the file's. */
export function stateIn(view: Snapshot, document: string): FileState {
  assertReadable(view, `document:${document}`);
  const found = view.documents[0];
  if (!found) return { state: NOTHING_DONE, version: null };
  return { state: JSON.parse(found.record.body) as ImportState, version: found.record.version };
}

export const bodyOf = (state: ImportState): string => JSON.stringify(state);

export function reportOf(state: ImportState, resumedFrom: number): ImportReport {
  const { digest: _, doneAt: __, ...report } = state;
  return { ...report, resumedFrom };
}

/** What a chunk adds to the state. */
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
