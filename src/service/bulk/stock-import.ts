import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { Overloaded } from '../../actor/lane-errors.ts';
import { StoreError } from '../../store/store.ts';
import type { Definitions } from '../definitions.ts';
import { OutcomeUnknown } from '../failures.ts';
import type { Call } from '../inputs.ts';
import { invalid, ok, type Refusal, type Result, refuse } from '../refusals.ts';
import type { Read, StockReader } from '../stock-reader.ts';
import type { Transactor } from '../transactor.ts';
import { type ImportEntry, type ImportOptions, type ImportReport, UnreadableFile } from './bulk-types.ts';
import { CHUNK_ROWS, chunksOf, nextOf } from './chunks.ts';
import { FileDigest } from './file-digest.ts';
import { type Chunk, composeChunk, composeRestart, judge, noteRefused, type Refused, rowsOf } from './import-chunk.ts';
import { advance, importDocument, type ImportState, NOTHING_DONE, reportOf, stateIn } from './import-state.ts';

/** How often a chunk is tried while the store is away or overloaded, and how much longer each wait is. */
const TRIES_MAX = 6;
const WAIT_STEP_MS = 250;
/** All imports of a process share one turn: one chunk of them is on its way at a time, however many there are. */
const TURN = 'stock.import';

export interface ImportParts {
  transactor: Transactor;
  read: Read;
  reader: StockReader;
  definitions: Pick<Definitions, 'forget'>;
}

/** One call of `BulkService.import`. */
export async function runImport(
  parts: ImportParts,
  entries: AsyncIterable<ImportEntry>,
  options: ImportOptions,
  call: Call,
): Promise<Result<ImportReport>> {
  const iterator = entries[Symbol.asyncIterator]();
  try {
    return options.dryRun ? await tryOut(parts, iterator, options) : await goOn(parts, iterator, options, call);
  } finally {
    // Not awaited: a source that is stuck ends only with its connection.
    void iterator.return?.()?.then(undefined, () => undefined);
  }
}

/** Chunks until the signal aborts; then it waits for no more of the file. */
async function* untilAborted(chunks: AsyncGenerator<Chunk>, signal: AbortSignal | undefined): AsyncGenerator<Chunk> {
  for (;;) {
    const next = await unlessAborted(chunks.next(), signal);
    if (next === null || next.done || signal?.aborted) return;
    yield next.value;
  }
}

/** What `work` resolves with, or null as soon as the signal aborts. A race with one lasting promise would keep every chunk. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => resolve(null);
    if (signal?.aborted) giveUp();
    signal?.addEventListener('abort', giveUp, { once: true });
    work.then(resolve, reject).finally(() => signal?.removeEventListener('abort', giveUp));
  });
}

async function tryOut(
  { reader }: ImportParts,
  entries: AsyncIterator<ImportEntry>,
  { signal, onProgress }: ImportOptions,
): Promise<Result<ImportReport>> {
  let state = NOTHING_DONE;
  const digest = new FileDigest();
  const tryChunks = async (): Promise<null> => {
    for await (const chunk of untilAborted(chunksOf(entries, digest), signal)) {
      const stock = await reader.records(rowsOf(chunk).map(({ sku }) => sku));
      const { outcome } = judge(chunk, { stock, behind: [] }, new Map());
      state = advance(state, outcome, { rows: digest.rows, digest: '', done: chunk.isLast });
      onProgress?.(state);
    }
    return null;
  };
  return reading(tryChunks, () => reportOf(state, 0));
}

async function goOn(
  parts: ImportParts,
  entries: AsyncIterator<ImportEntry>,
  options: ImportOptions,
  call: Call,
): Promise<Result<ImportReport>> {
  const { key, again = false, signal, onProgress } = options;
  const document = importDocument(key);
  let { state } = stateIn(await parts.read({ documents: [document] }), document);
  if (again && state.done) {
    const restarted = await startOver(parts, document, options, call);
    if (!restarted.ok) return restarted;
    state = restarted.value;
  }
  const resumedFrom = state.rows;
  const before = state.done && state.doneAt !== undefined ? { alreadyImportedAt: state.doneAt } : {};
  const digest = new FileDigest();
  const work = async (): Promise<Refusal | null> => {
    const isSame = await isSameSoFar(entries, state, digest, signal);
    if (!isSame) return { reason: 'idempotency_mismatch', meta: { idempotencyKey: key } };
    if (isSame === 'stopped' || state.done) return null;
    for await (const chunk of untilAborted(chunksOf(entries, digest), signal)) {
      const applied = await applyChunk(parts, chunk, document, options, call);
      if (!applied.ok) return applied.refusal;
      state = applied.value;
      onProgress?.(state);
    }
    return null;
  };
  return reading(work, () => ({ ...reportOf(state, resumedFrom), ...before }));
}

/** The report after `work`, also where the file could not be read to its end. */
async function reading(work: () => Promise<Refusal | null>, report: () => ImportReport): Promise<Result<ImportReport>> {
  try {
    const refusal = await work();
    return refusal ? refuse(refusal) : ok(report());
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    const { path, message } = error;
    const reached = report();
    return reached.rows === 0 ? invalid(path, message) : ok({ ...reached, unreadable: { path, message } });
  }
}

/** Reads over the rows that are done with: they have to be those that were there then, and none more if that was all. */
async function isSameSoFar(
  entries: AsyncIterator<ImportEntry>,
  state: ImportState,
  digest: FileDigest,
  signal: AbortSignal | undefined,
): Promise<boolean | 'stopped'> {
  while (digest.rows < state.rows) {
    if (signal?.aborted) return 'stopped';
    // A fast sender would keep shoppers waiting: nothing else in this loop lets them in.
    if (digest.rows % CHUNK_ROWS === 0) await nextTurn();
    const entry = await nextOf(entries);
    if (!entry) return false;
    digest.add(entry.text);
  }
  if (digest.value() !== state.digest) return false;
  return !state.done || (await nextOf(entries)) === null;
}

async function applyChunk(
  { transactor, definitions }: ImportParts,
  chunk: Chunk,
  document: string,
  { key, signal }: ImportOptions,
  call: Call,
): Promise<Result<ImportState>> {
  const rows = rowsOf(chunk);
  const skus = rows.map(({ sku }) => sku);
  const refused: Refused = new Map();
  const apply = () =>
    transactor.run<ImportState>({
      ...mutationOf(key, chunk.from, call),
      reads: () => ({ skus, documents: [document] }),
      compose: (view, refusal, step) => {
        noteRefused(refused, refusal, step);
        return composeChunk(chunk, document, view, refused);
      },
      stale: ['below_reserved', 'count_mismatch'],
      attemptsMax: CHUNK_ROWS * 2,
    });
  const applied = await persist(apply, signal);
  for (const sku of skus) definitions.forget(sku);
  return applied;
}

function startOver(
  { transactor }: ImportParts,
  document: string,
  { key, signal }: ImportOptions,
  call: Call,
): Promise<Result<ImportState>> {
  const restart = () =>
    transactor.run<ImportState>({
      ...mutationOf(key, 'start', call),
      reads: () => ({ documents: [document] }),
      compose: (view) => composeRestart(document, view),
    });
  return persist(restart, signal);
}

const mutationOf = (key: string, from: number | 'start', { caller }: Call) => ({
  procedure: 'stock.import',
  turn: TURN,
  input: { key, from },
  call: { caller },
  reason: 'import',
  reference: key,
  answer: () => Promise.reject(new OutcomeUnknown('')),
});

/**
 * A chunk whose outcome could not be learnt is composed again: the file's document tells whether it was applied, and lets
 * it be applied only once.
 */
async function persist<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isPassing(error) || tries === TRIES_MAX || signal?.aborted) throw error;
    }
    // An aborted wait is the end of waiting: the next try says how it stands.
    await sleep(tries * WAIT_STEP_MS, undefined, signal ? { signal } : {}).catch(() => undefined);
  }
}

const isPassing = (error: unknown): boolean =>
  error instanceof OutcomeUnknown ||
  error instanceof Overloaded ||
  (error instanceof StoreError && error.fault === 'unavailable');
