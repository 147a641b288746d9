import { nextEpoch } from '../../../domain/epoch.ts';
import { formatProblem, migrationsFrom, RECORD_FORMAT } from '../../record-format.ts';
import { StoreError } from '../../store.ts';
import { EMBEDDED_MIGRATIONS } from './embedded-migrations.ts';
import { type MetaRows, metaRow, undecodableMeta } from './meta-rows.ts';
import { MalformedRow, type Row } from '../../columns.ts';
import type { Tables } from './tables.ts';

/** How far the shop is. All of it only grows. */
export interface ShopState {
  sequence: number;
  /** The time of the last batch. */
  at: number;
  /** 0 until the data was first restored from a backup. */
  epoch: number;
}

export function readState(meta: MetaRows): ShopState {
  const row = metaRow(meta, 'state');
  if (row === undefined) return { sequence: 0, at: 0, epoch: 0 };
  // A shop of an older version has no third column.
  const [sequence, at, epoch = 0] = row;
  if (typeof sequence === 'number' && typeof at === 'number' && typeof epoch === 'number') {
    return { sequence, at, epoch };
  }
  throw undecodableMeta('state', 'is of another shape');
}

export function writeState(meta: MetaRows, { sequence, at, epoch }: ShopState): void {
  meta.put('state', [sequence, at, epoch]);
}

/**
 * Begins a new epoch in data that lacks writes which were acknowledged once, as a restored backup does, so that no
 * sequence, version or event id of the lost writes is handed out again. Call it within a write transaction. `now` is in
 * epoch milliseconds.
 */
export function raiseEpoch(meta: MetaRows, now: number): void {
  const state = readState(meta);
  writeState(meta, { ...state, ...nextEpoch(state.sequence, now) });
}

/** Throws `StoreError` `unavailable` where the data is another shop's, or of another format. */
export function demandOwner(meta: MetaRows, shop: string): void {
  const row = ownerRow(meta);
  if (row === undefined) return;
  const [format, owner] = row;
  const problem = formatProblem('the data directory', format, EMBEDDED_MIGRATIONS);
  if (problem !== null) throw new StoreError('unavailable', problem);
  if (owner !== shop)
    throw new StoreError('unavailable', `the data directory belongs to the shop ${owner}, not ${shop}`);
}

/** Versions before the first release wrote no checksums; their row only has to name its format. */
function ownerRow(meta: MetaRows): Row | undefined {
  const older = meta.get('shop') instanceof MalformedRow ? meta.getUnchecked('shop') : null;
  return older !== null && older[0] !== RECORD_FORMAT ? older : metaRow(meta, 'shop');
}

/** Makes the data the shop's, in the present format. Call it within a write transaction, after `demandOwner`. */
export function claimData(tables: Tables, shop: string): void {
  const [format] = ownerRow(tables.meta) ?? [];
  if (format === RECORD_FORMAT) return;
  for (const migrate of migrationsFrom(format, EMBEDDED_MIGRATIONS) ?? []) migrate(tables);
  tables.meta.put('shop', [RECORD_FORMAT, shop]);
}

/** The last run that wrote to the data, and whether it has not ended in order; see `ShopMark`. */
export interface DataRun {
  run: string;
  isOpen: boolean;
}

/** Returns null in data of an older version, and in new data. */
export function readRun(meta: MetaRows): DataRun | null {
  const [run, state] = metaRow(meta, 'run') ?? [];
  return typeof run === 'string' ? { run, isOpen: state !== 'closed' } : null;
}

export function writeRun(meta: MetaRows, { run, isOpen }: DataRun): void {
  meta.put('run', [run, isOpen ? 'open' : 'closed']);
}
