import { type ClockOffset, NO_OFFSET } from '../time/shop-time.ts';
import { type MetaRows, metaRow, undecodableMeta } from './tables/meta-rows.ts';

const CLOCK_KEY = 'clock';

/** The clock state that is stored besides the time of the last batch. */
export interface ClockRow {
  offset: ClockOffset;
  /** The row that `Ageing.load` reads. */
  ageing: readonly number[];
}

/** Throws `StoreError` `undecodable`. */
export function readClockRow(meta: MetaRows): ClockRow {
  const row = metaRow(meta, CLOCK_KEY);
  if (row === undefined) return { offset: NO_OFFSET, ageing: [] };
  const [offsetMs, slewFromMs, ...ageing] = row;
  const isSlewing = typeof slewFromMs === 'number';
  if (typeof offsetMs !== 'number' || !(isSlewing || slewFromMs === null) || !isNumbers(ageing)) {
    throw undecodableMeta(CLOCK_KEY, 'has other columns than expected');
  }
  return { offset: { offsetMs, slewFromMs }, ageing };
}

export function writeClockRow(meta: MetaRows, { offset, ageing }: ClockRow): void {
  meta.put(CLOCK_KEY, [offset.offsetMs, offset.slewFromMs, ...ageing]);
}

const isNumbers = (values: readonly unknown[]): values is number[] =>
  values.every((value) => typeof value === 'number') && values.length % 2 === 0;
