import { StoreError } from '../../store.ts';
import { MalformedRow, type Row } from '../../columns.ts';
import type { Rows } from '../rows/rows.ts';

/** Single rows by name, such as the shop and its format, the sequence, and the last commit. */
export type MetaRows = Rows<string>;

/** Returns a row, or undefined where it was never written. Throws `StoreError` `undecodable`. */
export function metaRow(meta: MetaRows, key: string): Row | undefined {
  const row = meta.get(key);
  if (row instanceof MalformedRow) throw undecodableMeta(key, row.message);
  return row;
}

export function undecodableMeta(key: string, problem: string): StoreError {
  return new StoreError('undecodable', `the row "${key}" of the shop ${problem}: restore a backup`);
}
