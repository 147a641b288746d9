import { nextEpoch } from '../../../domain/epoch.ts';
import { formatProblem, migrationsFrom, RECORD_FORMAT } from '../../record-format.ts';
import { StoreError } from '../../store.ts';
import { EMBEDDED_MIGRATIONS } from './embedded-migrations.ts';
import { type MetaRows, metaRow, undecodableMeta } from './meta-rows.ts';
import { MalformedRow, type Row } from '../../columns.ts';
import type { Tables } from './tables.ts';

/** The progress of the shop. No field ever decreases. */
export interface ShopState {
  sequence: number;
  /** The time of the last batch. */
  at: number;
  /** 0 until the data was first restored from a backup. */
  epoch: number;
}

export function readShopState(meta: MetaRows): ShopState {
  const row = metaRow(meta, 'state');
  if (row === undefined) return { sequence: 0, at: 0, epoch: 0 };
  // A shop of an older version has no third column.
  const [sequence, at, epoch = 0] = row;
  if (typeof sequence === 'number' && typeof at === 'number' && typeof epoch === 'number') {
    return { sequence, at, epoch };
  }
  throw undecodableMeta('state', 'has other columns than expected');
}

export function writeState(meta: MetaRows, { sequence, at, epoch }: ShopState): void {
  meta.put('state', [sequence, at, epoch]);
}

/**
 * Begins a new epoch in data that lacks acknowledged writes, such as a restored backup, so that no sequence, version or
 * event id of the lost writes is used again. Call it in a write transaction. `now` is in epoch milliseconds.
 */
export function raiseEpoch(meta: MetaRows, now: number): void {
  const state = readShopState(meta);
  writeState(meta, { ...state, ...nextEpoch(state.sequence, now) });
}

/** Throws `StoreError` `unavailable` where the data belongs to another shop, or has another format. */
export function assertOwner(meta: MetaRows, shop: string): void {
  const row = ownerRow(meta);
  if (row === undefined) return;
  const [format, owner] = row;
  const problem = formatProblem('the data directory', format, EMBEDDED_MIGRATIONS);
  if (problem !== null) throw new StoreError('unavailable', problem);
  if (owner !== shop)
    throw new StoreError(
      'unavailable',
      `the data directory belongs to the shop ${owner}, not ${shop}: set SHOP, or --shop of check and restore`,
    );
}

/** Versions before the first release wrote no checksums. Their row is only read for its format. */
function ownerRow(meta: MetaRows): Row | undefined {
  const older = meta.get('shop') instanceof MalformedRow ? meta.getUnchecked('shop') : null;
  return older !== null && older[0] !== RECORD_FORMAT ? older : metaRow(meta, 'shop');
}

/**
 * Migrates the data to the present format and records its shop. Call it in a write transaction, after `assertOwner`.
 * Returns the format of data that it has migrated, or else null.
 */
export function claimData(tables: Tables, shop: string): number | null {
  const [format] = ownerRow(tables.meta) ?? [];
  if (format === RECORD_FORMAT) return null;
  for (const migrate of migrationsFrom(format, EMBEDDED_MIGRATIONS) ?? []) migrate(tables);
  tables.meta.put('shop', [RECORD_FORMAT, shop]);
  return typeof format === 'number' ? format : null;
}

/** The last run that wrote to the data. `isOpen`: it has not ended in order. See `ShopMark`. */
export interface DataRun {
  run: string;
  isOpen: boolean;
}

/** Returns the last run, or null in new data and in data of an older version. */
export function readRun(meta: MetaRows): DataRun | null {
  const [run, state] = metaRow(meta, 'run') ?? [];
  return typeof run === 'string' ? { run, isOpen: state !== 'closed' } : null;
}

export function writeRun(meta: MetaRows, { run, isOpen }: DataRun): void {
  meta.put('run', [run, isOpen ? 'open' : 'closed']);
}
