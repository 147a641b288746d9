import { Overloaded } from '../../actor/batcher-errors.ts';
import { type Store, StoreError } from '../../store/store.ts';
import { type Call, ok, type Result } from '../../contract/calls/call.ts';
import { settled } from '../../transact/settled.ts';
import type { ImportReport } from '../../contract/outputs/stock-outputs.ts';
import type { BulkService, ImportEntries, ImportOptions } from './bulk-api.ts';
import { documentKeyOf, reportOf, stateIn } from './import-state.ts';
import { exportRows } from './stock-export.ts';
import { type ImportParts, runImport } from './stock-import.ts';

/** The most concurrent imports of a process. Each keeps a part of its file in memory. */
const IMPORTS_MAX = 4;

type BulkParts = ImportParts & { store: Pick<Store, 'listStock'> };

interface RunningImport {
  stop: AbortController;
  ended: Promise<unknown>;
}

export function createBulkService(parts: BulkParts): BulkService {
  const closing = new AbortController();
  const imports = new Map<string, RunningImport>();
  return {
    import: (entries, options, call) => admit(parts, imports, closing.signal, entries, options, call),
    status: async ({ key }) => {
      const document = documentKeyOf(key);
      const { state, version } = stateIn(await parts.read({ documents: [document] }), document);
      return ok(version === null ? null : reportOf(state, state.rows));
    },
    export: ({ after, signal } = {}) =>
      exportRows(parts, after, signal ? AbortSignal.any([signal, closing.signal]) : closing.signal),
    isLocated: async () => {
      await parts.locations.prepare();
      return parts.locations.all.length > 1;
    },
    stop: async () => {
      closing.abort();
      await Promise.allSettled([...imports.values()].map(({ ended }) => ended));
    },
  };
}

/**
 * Runs an import. An earlier call with the same key ends after its current chunk, because its caller has given it up by
 * sending the file again. This call continues from there.
 */
async function admit(
  parts: BulkParts,
  imports: Map<string, RunningImport>,
  closing: AbortSignal,
  entries: ImportEntries,
  options: ImportOptions,
  call: Call,
): Promise<Result<ImportReport>> {
  if (closing.aborted) throw new StoreError('closed', 'the service is closing and accepts no new import');
  // A dry run gets a unique name, because it does not conflict with any import.
  const name = options.dryRun ? `dry:${performance.now()}:${imports.size}` : `key:${options.key}`;
  const before = imports.get(name);
  if (!before && imports.size >= IMPORTS_MAX)
    throw new Overloaded({ queue: 'shop queue', unit: 'items', waiting: imports.size, limit: IMPORTS_MAX });
  const stop = new AbortController();
  before?.stop.abort();
  const signals = [closing, stop.signal, ...(options.signal ? [options.signal] : [])];
  const run = Promise.resolve(before?.ended).then(() =>
    runImport(parts, entries, { ...options, signal: AbortSignal.any(signals) }, call),
  );
  const running = { stop, ended: settled(run) };
  imports.set(name, running);
  try {
    const result = await run;
    const isTakenOver = result.ok && !result.value.done && stop.signal.aborted;
    return isTakenOver ? ok({ ...result.value, takenOver: true }) : result;
  } finally {
    if (imports.get(name) === running) imports.delete(name);
  }
}
