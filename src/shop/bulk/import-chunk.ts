import type { CoreRefusal } from '../../domain/refusal.ts';
import { skuOf } from '../../domain/stock-keys.ts';
import type { Step } from '../../domain/steps.ts';
import type { Snapshot } from '../../store/store.ts';
import { type Decision } from '../../transact/mutation.ts';
import type { Settings } from '../../contract/settings.ts';
import { NEEDS_DISPATCH } from '../stock/supply/backorders.ts';
import type { RowChange, RowProblem } from '../../contract/outputs/stock-outputs.ts';
import { CHANGES_LISTED_MAX, IMPORT_KEPT_MS, type ImportEntry, type ImportRow } from './bulk-api.ts';
import { advance, type ChunkOutcome, type FileState, type ImportState, NOTHING_DONE, stateIn } from './import-state.ts';
import type { ChunkStock } from './chunk-stock.ts';
import { changeOfRow, fieldsOf } from './row-changes.ts';
import { kitInUseProblem, kitStockProblem } from './kit-rows.ts';
import {
  belowReservedProblem,
  countMismatchProblem,
  refusalSeen,
  stepsOf,
  unknownLocationProblem,
} from './row-steps.ts';

/** Consecutive rows of a file that name each SKU once for each location. They are applied in one transaction. */
export interface Chunk {
  /** The number of rows before it. */
  from: number;
  entries: readonly ImportEntry[];
  /** The digests of the file up to its start and up to its end. */
  digestBefore: string;
  digestAfter: string;
  isLast: boolean;
}

export const importRows = ({ entries }: Chunk): ImportRow[] =>
  entries.flatMap((entry) => ('row' in entry ? [entry.row] : []));

export interface Judged {
  steps: Step[];
  outcome: ChunkOutcome;
}

/** Rows that the store has refused in this chunk, by stock key. */
export type Refused = Map<string, Omit<RowProblem, 'row'>>;

/** Returns the rows that the settings of the shop do not allow. */
export const barredRows = (chunk: Chunk, { sellAt }: Pick<Settings, 'sellAt'>, keyOf: ChunkStock['keyOf']): Refused =>
  new Map(
    importRows(chunk)
      .filter(({ backorderLimit = null }) => backorderLimit !== null && sellAt === 'sale')
      .map((row) => [keyOf(row) ?? row.sku, barredProblem(row.sku)]),
  );

const barredProblem = (sku: string): Omit<RowProblem, 'row'> => ({
  sku,
  column: 'backorderLimit',
  reason: 'invalid_input',
  message: NEEDS_DISPATCH,
});

/** Returns the steps and the outcome of the rows. Adds what the rows change to `changes`, as far as there is room. */
export function judgeRows(chunk: Chunk, stock: ChunkStock, refused: Refused, changes?: RowChange[]): Judged {
  const steps: Step[] = [];
  const problems: RowProblem[] = [];
  let [applied, unchanged] = [0, 0];
  for (const [offset, entry] of chunk.entries.entries()) {
    const row = chunk.from + offset + 1;
    if ('problems' in entry) {
      for (const problem of entry.problems) problems.push({ row, ...problem });
      continue;
    }
    const isListed = changes !== undefined && changes.length < CHANGES_LISTED_MAX;
    const before = isListed ? fieldsOf(entry.row, stock) : null;
    const judged = judgeRow(entry.row, stock, refused);
    if ('problem' in judged) problems.push({ row, ...judged.problem });
    else if (judged.steps.length > 0) applied += 1;
    else unchanged += 1;
    if (isListed && 'steps' in judged && judged.steps.length > 0)
      changes.push(changeOfRow(row, before, fieldsOf(entry.row, stock)));
    if ('steps' in judged) steps.push(...judged.steps);
  }
  return { steps, outcome: { applied, unchanged, problems } };
}

function judgeRow(
  row: ImportRow,
  stock: ChunkStock,
  refused: Refused,
): { problem: Omit<RowProblem, 'row'> } | { steps: Step[] } {
  const key = stock.keyOf(row);
  if (key === null) return { problem: unknownLocationProblem(row.sku) };
  const problem = refused.get(key) ?? refusalSeen(row, key, stock);
  return problem ? { problem } : { steps: stepsOf(row, key, stock) };
}

/** Remembers the row that the store refused, if a row was the cause. */
export function noteRefused(
  refused: Refused,
  refusal: CoreRefusal | null,
  { step, chunk, stock }: { step: Step | null; chunk: Chunk; stock: ChunkStock },
): void {
  if (refusal?.reason === 'kit_in_use') {
    const { sku } = refusal.meta;
    const rows = importRows(chunk).filter((row) => row.sku === sku && row.components !== undefined);
    for (const row of rows) refused.set(stock.keyOf(row) ?? sku, kitInUseProblem(sku));
  }
  if (step?.kind !== 'count') return;
  if (refusal?.reason === 'kit_stock') refused.set(step.sku, kitStockProblem(skuOf(step.sku)));
  if (refusal?.reason === 'below_reserved') refused.set(step.sku, belowReservedProblem(skuOf(step.sku), refusal.meta));
  if (refusal?.reason === 'count_mismatch') refused.set(step.sku, countMismatchProblem(skuOf(step.sku), refusal.meta));
}

/**
 * Composes the chunk's transaction: the file's state and the steps of the rows.
 * Refused `conflict` if the file's state is neither right before nor right after this chunk. The state is the first
 * step, so that an unexpected state is refused before any row is decided.
 */
export function composeChunk(
  chunk: Chunk,
  document: string,
  { state, version }: FileState,
  { at, stock, refused }: { at: number; stock: ChunkStock; refused: Refused },
): Decision<FileState> {
  const rows = chunk.from + chunk.entries.length;
  const isBehind = state.rows === rows && state.digest === chunk.digestAfter && state.done === chunk.isLast;
  // This chunk has been applied already: an answer was lost, or the same file is sent twice at once.
  if (isBehind && version !== null)
    return { unchanged: { state, version }, noopStep: { kind: 'put', key: document, expect: 'present' } };
  if (state.rows !== chunk.from || state.digest !== chunk.digestBefore || state.done) {
    return { refusal: { reason: 'conflict', meta: {} } };
  }
  const { steps, outcome } = judgeRows(chunk, stock, refused);
  const end = chunk.isLast ? { done: true, doneAt: at } : { done: false };
  const next = advance(state, outcome, { rows, digest: chunk.digestAfter, ...end });
  return {
    steps: [putState(document, version, next), ...steps],
    address: null,
    answerFromCommit: ({ sequence }) => ({ state: next, version: sequence }),
  };
}

/** Resets the state of a finished file. An unfinished file does not change. */
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
  body: JSON.stringify(state),
  dueInMs: IMPORT_KEPT_MS,
});
