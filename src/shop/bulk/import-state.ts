import type { Snapshot } from '../../store/store.ts';
import { ServiceFailure } from '../../contract/calls/call.ts';
import { documentIn } from '../../transact/documents/json-document.ts';
import { shortHash } from '../../transact/documents/ids.ts';
import { importKey } from '../../transact/documents/names.ts';
import type { ImportReport, RowProblem } from '../../contract/outputs/stock-outputs.ts';
import { PROBLEMS_LISTED_MAX } from './bulk-api.ts';

/**
 * The document of a file, as it is stored. It is written in the same transaction as each chunk. The counts have the
 * meaning that they have in `ImportReport`.
 */
export interface ImportState {
  rows: number;
  applied: number;
  unchanged: number;
  problems: readonly RowProblem[];
  problemCount: number;
  /** Whether the whole file was processed. */
  done: boolean;
  /** When the whole file was finished; absent before. */
  doneAt?: number;
  /** The digest of all applied rows. */
  digest: string;
}

/** Returns the document key of a file. It hashes `key`, which may have characters that a document key must not have. */
export const documentKeyOf = (key: string): string => importKey(shortHash('import', key));

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

/** Returns the state of a file from a view. Throws `ServiceFailure` for a document that is not a state. */
export function stateIn(view: Snapshot, document: string): FileState {
  const { value, version } = documentIn<unknown>(view, document, NOTHING_DONE);
  if (!isState(value)) throw new ServiceFailure(`the document ${document} is not the state of an import`);
  return { state: value, version: version === 'absent' ? null : version };
}

function isState(value: unknown): value is ImportState {
  const { rows, applied, unchanged, problemCount, problems, done, digest } = (value ?? {}) as Partial<ImportState>;
  const areCounts = [rows, applied, unchanged, problemCount].every(Number.isSafeInteger);
  return areCounts && Array.isArray(problems) && typeof done === 'boolean' && typeof digest === 'string';
}

export function reportOf(state: ImportState, resumedFrom: number): ImportReport {
  const { rows, applied, unchanged, problems, problemCount, done } = state;
  return { rows, applied, unchanged, problems: [...problems], problemCount, resumedFrom, done };
}

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
