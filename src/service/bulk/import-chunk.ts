import type { CoreRefusal } from '../../domain/refusal.ts';
import type { Step } from '../../domain/steps.ts';
import type { Snapshot } from '../../store/store.ts';
import { type Decision } from '../mutation.ts';
import { IMPORT_KEPT_MS, type ImportEntry, type ImportRow, type RowProblem } from './bulk-types.ts';
import { advance, bodyOf, type ChunkOutcome, type ImportState, stateIn } from './import-state.ts';
import { belowReserved, refusalSeen, stepsOf } from './row-steps.ts';

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
    // Overdue holds still count as reserved here: only the store, which ends them first, knows.
    const problem = refused.get(sku) ?? (view.behind.includes(sku) ? null : refusalSeen(entry.row, record));
    const own = problem ? [] : stepsOf(entry.row, record);
    if (problem) problems.push({ row, ...problem });
    else if (own.length > 0) applied += 1;
    else unchanged += 1;
    steps.push(...own);
  }
  return { steps, outcome: { applied, unchanged, problems } };
}

/** Remembers which row the store refused; false when that was no row's doing. */
export function noteRefused(refused: Refused, refusal: CoreRefusal | null, step: Step | null): void {
  if (refusal?.reason === 'below_reserved' && step?.kind === 'count') {
    refused.set(step.sku, belowReserved(step.sku, refusal.meta));
  }
}

/**
 * The chunk's transaction: its rows' steps, and the file's state with them. `view.documents[0]` is the file's, `view.stock`
 * of its rows. Refused `conflict` when the file is neither before this chunk nor right behind it.
 */
export function composeChunk(chunk: Chunk, document: string, view: Snapshot, refused: Refused): Decision<ImportState> {
  const { state, version } = stateIn(view, document);
  const rows = chunk.from + chunk.entries.length;
  const isBehind = state.rows === rows && state.digest === chunk.digestAfter && state.done === chunk.isLast;
  // An answer was lost, or the same file is sent twice at once: this very chunk has been applied.
  if (isBehind && version !== null)
    return { unchanged: state, marker: { kind: 'put', key: document, expect: 'present' } };
  if (state.rows !== chunk.from || state.digest !== chunk.digestBefore || state.done) {
    return { refusal: { reason: 'conflict', meta: {} } };
  }
  const { steps, outcome } = judge(chunk, view, refused);
  const next = advance(state, outcome, { rows, digest: chunk.digestAfter, done: chunk.isLast });
  const put: Step = {
    kind: 'put',
    key: document,
    expect: version ?? 'absent',
    body: bodyOf(next),
    dueInMs: IMPORT_KEPT_MS,
  };
  return { steps: [...steps, put], address: null, after: () => next };
}
