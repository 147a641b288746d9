import type { CoreRefusal } from '../../domain/refusal.ts';
import type { Step } from '../../domain/steps.ts';
import type { Snapshot } from '../../store/store.ts';
import { type Decision } from '../../transact/mutation.ts';
import type { RowProblem } from '../../contract/stock-outputs.ts';
import { IMPORT_KEPT_MS, type ImportEntry, type ImportRow } from './bulk-api.ts';
import {
  advance,
  bodyOf,
  type ChunkOutcome,
  type FileState,
  type ImportState,
  NOTHING_DONE,
  stateIn,
} from './import-state.ts';
import { belowReserved, countMismatch, refusalSeen, stepsOf } from './row-steps.ts';

/** Rows that follow each other in a file, each SKU once: they apply in one transaction. */
export interface Chunk {
  /** Rows before it. */
  from: number;
  entries: readonly ImportEntry[];
  /** Of all content before it, and with it. */
  digestBefore: string;
  digestAfter: string;
  /** Whether the file ends with it. */
  isLast: boolean;
}

export const rowsOf = ({ entries }: Chunk): ImportRow[] =>
  entries.flatMap((entry) => ('row' in entry ? [entry.row] : []));

export interface Judged {
  steps: Step[];
  outcome: ChunkOutcome;
}

/** Rows that the store has refused in this chunk, by SKU. */
export type Refused = Map<string, Omit<RowProblem, 'row'>>;

/** What the rows come to, given a view of their SKUs' stock (`view.stock` in the order of `rowsOf`). */
export function judge(chunk: Chunk, view: Pick<Snapshot, 'stock' | 'behind'>, refused: Refused): Judged {
  const steps: Step[] = [];
  const problems: RowProblem[] = [];
  let [applied, unchanged, index] = [0, 0, 0];
  for (const [offset, entry] of chunk.entries.entries()) {
    const row = chunk.from + offset + 1;
    if ('problems' in entry) {
      for (const problem of entry.problems) problems.push({ row, ...problem });
      continue;
    }
    const record = view.stock[index] ?? null;
    index += 1;
    const { sku } = entry.row;
    const problem =
      refused.get(sku) ?? refusalSeen(entry.row, record, view.behind.length > 0 && view.behind.includes(sku));
    const own = problem ? [] : stepsOf(entry.row, record);
    if (problem) problems.push({ row, ...problem });
    else if (own.length > 0) applied += 1;
    else unchanged += 1;
    steps.push(...own);
  }
  return { steps, outcome: { applied, unchanged, problems } };
}

/** Remembers which row the store refused, where a row was the cause. */
export function noteRefused(refused: Refused, refusal: CoreRefusal | null, step: Step | null): void {
  if (step?.kind !== 'count') return;
  if (refusal?.reason === 'below_reserved') refused.set(step.sku, belowReserved(step.sku, refusal.meta));
  if (refusal?.reason === 'count_mismatch') refused.set(step.sku, countMismatch(step.sku, refusal.meta));
}

/**
 * The chunk's transaction: the file's state, and its rows' steps. `view.stock` is that of its rows. Refused `conflict` when the
 * file is neither before this chunk nor right behind it. The state comes first: where it is another one than was assumed,
 * the transaction is refused for that before a row is decided.
 */
export function composeChunk(
  chunk: Chunk,
  document: string,
  { state, version }: FileState,
  view: Pick<Snapshot, 'at' | 'stock' | 'behind'>,
  refused: Refused,
): Decision<FileState> {
  const rows = chunk.from + chunk.entries.length;
  const isBehind = state.rows === rows && state.digest === chunk.digestAfter && state.done === chunk.isLast;
  // An answer was lost, or the same file is sent twice at once: this very chunk has been applied.
  if (isBehind && version !== null)
    return { unchanged: { state, version }, noopStep: { kind: 'put', key: document, expect: 'present' } };
  if (state.rows !== chunk.from || state.digest !== chunk.digestBefore || state.done) {
    return { refusal: { reason: 'conflict', meta: {} } };
  }
  const { steps, outcome } = judge(chunk, view, refused);
  const end = chunk.isLast ? { done: true, doneAt: view.at } : { done: false };
  const next = advance(state, outcome, { rows, digest: chunk.digestAfter, ...end });
  return {
    steps: [putState(document, version, next), ...steps],
    address: null,
    answerFromCommit: ({ sequence }) => ({ state: next, version: sequence }),
  };
}

/** Makes a file that is done one of which nothing is done yet; another file is left as it is. */
export function composeRestart(document: string, view: Snapshot): Decision<FileState> {
  const { state, version } = stateIn(view, document);
  if (version === null || !state.done)
    return { unchanged: { state, version }, noopStep: { kind: 'put', key: document, expect: 'any' } };
  return {
    steps: [putState(document, version, NOTHING_DONE)],
    address: null,
    answerFromCommit: ({ sequence }) => ({ state: NOTHING_DONE, version: sequence }),
  };
}

const putState = (document: string, version: number | null, state: ImportState): Step => ({
  kind: 'put',
  key: document,
  expect: version ?? 'absent',
  body: bodyOf(state),
  dueInMs: IMPORT_KEPT_MS,
});
