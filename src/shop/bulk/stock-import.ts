import { setTimeout as sleep } from 'node:timers/promises';
import { nextTurn } from '../../runtime/pause.ts';
import { Overloaded } from '../../actor/batcher-errors.ts';
import type { Step } from '../../domain/steps.ts';
import { type Snapshot, type Store, StoreError } from '../../store/store.ts';
import { addsUnits, backorderReads, FILLING_ATTEMPTS_MAX, fillsAfter, STALE_FILL } from '../stock/supply/backorders.ts';
import { type EventParts, eventStep } from '../event/event-document.ts';
import type { PriceCache } from '../stock/supply/price-cache.ts';
import type { Call, Refusal, Result } from '../../contract/calls/call.ts';
import { invalid, ok, OutcomeUnknown, refuse } from '../../contract/calls/call.ts';
import type { ShopLocations } from '../location/shop-locations.ts';
import type { Read, StockReader } from '../stock/units/stock-reader.ts';
import type { MutationSpec } from '../../transact/mutation.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Transactor } from '../../transact/transactor.ts';
import type { ImportReport, RowChange } from '../../contract/outputs/stock-outputs.ts';
import { type ImportEntries, type ImportEntry, type ImportOptions, UnreadableFile } from './bulk-api.ts';
import { ChunkKeys, ChunkStock, keysOfRows } from './chunk-stock.ts';
import { CHUNK_ROWS, chunksOf, FileDigest, EntrySource } from './chunks.ts';
import {
  barredRows,
  type Chunk,
  composeChunk,
  composeRestart,
  judgeRows,
  noteRefused,
  type Refused,
  importRows,
} from './import-chunk.ts';
import { importEvents } from './import-events.ts';
import { ReadAhead, type ReadChunk } from './read-ahead.ts';
import {
  advance,
  type FileState,
  documentKeyOf,
  type ImportState,
  NOTHING_DONE,
  reportOf,
  stateIn,
} from './import-state.ts';

/** The most attempts for a chunk during an outage or overload, and the increase of the wait after each attempt. */
const TRIES_MAX = 6;
const WAIT_STEP_MS = 250;
/** All imports of a process share one lock, so that they apply one chunk at a time. */
const IMPORT_LOCK = 'stock.import';

export interface ImportParts extends EventParts {
  transactor: Transactor;
  store: Pick<Store, 'listHolds'>;
  read: Read;
  reader: StockReader;
  locations: ShopLocations;
  prices: Pick<PriceCache, 'delete'>;
  settings: Pick<Settings, 'orderRetentionMs' | 'sellAt'>;
}

/** Performs one call of `BulkService.import`. */
export async function runImport(
  parts: ImportParts,
  entries: ImportEntries,
  options: ImportOptions,
  call: Call,
): Promise<Result<ImportReport>> {
  const source = new EntrySource(entries);
  try {
    return options.dryRun ? await dryRun(parts, source, options) : await resumeImport(parts, source, options, call);
  } finally {
    source.end();
  }
}

/** Yields chunks until the signal aborts. Then it does not wait for the rest of the file. */
async function* untilAborted(chunks: AsyncGenerator<Chunk>, signal: AbortSignal | undefined): AsyncGenerator<Chunk> {
  for (;;) {
    const next = await unlessAborted(chunks.next(), signal);
    if (next === null || next.done || signal?.aborted) return;
    yield next.value;
  }
}

/**
 * Resolves with the result of `work`, or with null as soon as the signal aborts. `Promise.race` with one long-lived
 * promise would keep every chunk in memory.
 */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const giveUp = () => resolve(null);
    if (signal?.aborted) giveUp();
    signal?.addEventListener('abort', giveUp, { once: true });
    work.then(resolve, reject).finally(() => signal?.removeEventListener('abort', giveUp));
  });
}

async function dryRun(
  { reader, locations, settings }: ImportParts,
  source: EntrySource,
  { signal, onProgress }: ImportOptions,
): Promise<Result<ImportReport>> {
  let state = NOTHING_DONE;
  const changes: RowChange[] = [];
  const digest = new FileDigest();
  const tryChunks = async (): Promise<null> => {
    for await (const chunk of untilAborted(chunksOf(source, digest), signal)) {
      await locations.prepare();
      const keys = keysOfRows(locations, importRows(chunk));
      const view = { stock: await reader.records(keys), behind: [] };
      const chunkStock = new ChunkStock(locations, keys, view);
      const { outcome } = judgeRows(
        chunk,
        chunkStock,
        barredRows(chunk, settings, (row) => chunkStock.keyOf(row)),
        changes,
      );
      state = advance(state, outcome, { rows: digest.rows, digest: '', done: chunk.isLast });
      onProgress?.(state);
    }
    return null;
  };
  return reading(tryChunks, () => ({ ...reportOf(state, 0), changes }));
}

async function resumeImport(
  parts: ImportParts,
  source: EntrySource,
  options: ImportOptions,
  call: Call,
): Promise<Result<ImportReport>> {
  const { key, again = false, signal, onProgress } = options;
  const document = documentKeyOf(key);
  let file = stateIn(await parts.read({ documents: [document] }), document);
  if (again && file.state.done) {
    const restarted = await startOver(parts, document, options, call);
    if (!restarted.ok) return restarted;
    file = restarted.value;
  }
  const { rows: resumedFrom, done, doneAt } = file.state;
  const before = done && doneAt !== undefined ? { alreadyImportedAt: doneAt } : {};
  const digest = new FileDigest();
  const work = async (): Promise<Refusal | null> => {
    const isSame = await isSameSoFar(source, file.state, digest, signal);
    if (!isSame) return { reason: 'idempotency_mismatch', meta: { idempotencyKey: key } };
    if (isSame === 'stopped' || file.state.done) return null;
    const ahead = new ReadAhead(untilAborted(chunksOf(source, digest), signal), parts);
    for (let chunk = await ahead.current(); chunk; chunk = await ahead.current()) {
      if (signal?.aborted) return null;
      const applying = applyChunk(parts, chunk, { document, resumedFrom, ...file }, options, call);
      ahead.startNext(chunk);
      const applied = await applying;
      if (!applied.ok) return applied.refusal;
      file = applied.value;
      onProgress?.(file.state);
    }
    return null;
  };
  return reading(work, () => ({ ...reportOf(file.state, resumedFrom), ...before }));
}

/** Resolves with the report after `work`, even if the file is unreadable from some row on. */
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

/**
 * Skips the rows that an earlier call has applied. Resolves with whether they are the same rows as in that call. A
 * finished file must not have more rows.
 */
async function isSameSoFar(
  source: EntrySource,
  state: ImportState,
  digest: FileDigest,
  signal: AbortSignal | undefined,
): Promise<boolean | 'stopped'> {
  while (digest.rows < state.rows) {
    if (signal?.aborted) return 'stopped';
    // Nothing else in this loop yields to other requests, and a fast sender would delay them.
    await nextTurn();
    const taken: ImportEntry[] = [];
    while (taken.length < Math.min(CHUNK_ROWS, state.rows - digest.rows)) {
      const entry = source.takeReady() ?? (await source.take());
      if (!entry) return false;
      taken.push(entry);
    }
    digest.addAll(taken);
  }
  if (digest.value() !== state.digest) return false;
  return !state.done || (await source.take()) === null;
}

async function applyChunk(
  parts: ImportParts,
  { chunk, skus, keys: keysAhead, view: ahead }: ReadChunk,
  { document, resumedFrom, ...known }: FileState & { document: string; resumedFrom: number },
  { key, reason, signal }: ImportOptions,
  call: Call,
): Promise<Result<FileState>> {
  const { transactor, prices, locations } = parts;
  let refused: Refused | null = null;
  let unused = ahead && hasBackorders(ahead) ? null : ahead;
  let fillsLeft = FILLING_ATTEMPTS_MAX;
  const stockKeys = new ChunkKeys(locations, importRows(chunk), unused === null ? null : keysAhead);
  // Each call that sends a file records this event. It comes first in the list of events.
  const sent = { what: 'stock.import', after: { key, fromRow: chunk.from + 1 }, reason };
  const begin = chunk.from === resumedFrom ? [eventStep(parts, call, sent)] : [];
  const apply = () =>
    transactor.run<FileState>({
      ...mutationOf({ key, reason }, chunk.from, call),
      optimisticSnapshot: () => unused,
      reads: async () => ({ ...(await backorderReads(parts, await stockKeys.again())), documents: [document] }),
      compose: (view, refusal, step) => {
        // The view that was read ahead is valid for one attempt.
        unused = null;
        const file = view === ahead ? known : stateIn(view, document);
        const stock = new ChunkStock(locations, stockKeys.keys, view);
        refused ??= barredRows(chunk, parts.settings, (row) => stock.keyOf(row));
        noteRefused(refused, refusal, { step, chunk, stock });
        const decision = composeChunk(chunk, document, file, { at: view.at, stock, refused });
        if (!('steps' in decision)) return decision;
        const events = importEvents(parts, call, { key, reason }, decision.steps);
        const steps = fillsLeft-- > 0 ? withFills(decision.steps, view) : decision.steps;
        return { ...decision, steps: [...steps, locations.unchangedStep(), ...begin, ...events] };
      },
      retryOn: ['below_reserved', 'count_mismatch', 'kit_stock', 'kit_in_use', ...STALE_FILL],
      attemptsMax: CHUNK_ROWS * 2,
    });
  const applied = await persist(apply, signal);
  for (const sku of skus) prices.delete(sku);
  return applied;
}

/** Holds that wait for units are not read ahead. */
const hasBackorders = ({ stock }: Snapshot): boolean =>
  stock.some((record) => record !== null && record.backordered > 0);

const withFills = (steps: readonly Step[], view: Snapshot): Step[] => [
  ...steps,
  ...fillsAfter(steps.filter(addsUnits), view),
];

function startOver(
  { transactor }: ImportParts,
  document: string,
  { key, reason, signal }: ImportOptions,
  call: Call,
): Promise<Result<FileState>> {
  const restart = () =>
    transactor.run<FileState>({
      ...mutationOf({ key, reason }, 'start', call),
      reads: () => ({ documents: [document] }),
      compose: (view) => composeRestart(document, view),
    });
  return persist(restart, signal);
}

const mutationOf = (
  { key, reason = 'import' }: Pick<ImportOptions, 'key' | 'reason'>,
  from: number | 'start',
  { caller }: Call,
): Omit<MutationSpec<FileState>, 'reads' | 'compose'> => ({
  procedure: 'stock.import',
  lockKeys: IMPORT_LOCK,
  input: { key, from },
  call: { caller },
  reason,
  reference: key,
  answer: () => Promise.reject(new OutcomeUnknown('')),
});

/**
 * Retries `work` during an outage or overload. A chunk with an unknown outcome is composed again: the file's document
 * shows whether it was applied, so it is never applied twice.
 */
async function persist<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isOutage(error) || tries === TRIES_MAX || signal?.aborted) throw error;
    }
    // An abort ends the wait. The next attempt then returns or throws.
    await sleep(tries * WAIT_STEP_MS, undefined, signal ? { signal } : {}).catch(() => undefined);
  }
}

const isOutage = (error: unknown): boolean =>
  error instanceof OutcomeUnknown ||
  error instanceof Overloaded ||
  (error instanceof StoreError && error.fault === 'unavailable');
