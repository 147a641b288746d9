import type { Database } from 'lmdb';
import { StoreError } from '../store.ts';
import type { Row } from './row-codec.ts';

type Meta = Database<Row | null, string>;

/** Raised when what stands in the directory changes so that older code would misread it. */
const FORMAT = 1;

/** How far the shop is. Both only grow. */
export interface ShopState {
  sequence: number;
  /** The time of the last batch. */
  at: number;
}

export function readState(meta: Meta): ShopState {
  const row = meta.get('state');
  if (row === undefined) return { sequence: 0, at: 0 };
  const [sequence, at] = row ?? [];
  if (typeof sequence === 'number' && typeof at === 'number') return { sequence, at };
  throw new StoreError('undecodable', 'state');
}

export function writeState(meta: Meta, { sequence, at }: ShopState): void {
  meta.put('state', [sequence, at]);
}

/** Makes the directory the shop's. Throws `StoreError` `unavailable` where it is another's, or of another format. */
export function claimDirectory(meta: Meta, shop: string): void {
  const row = meta.get('shop');
  if (row === undefined) {
    meta.put('shop', [FORMAT, shop]);
    return;
  }
  const [format, owner] = row ?? [];
  if (format !== FORMAT) {
    throw new StoreError('unavailable', `the data directory has format ${format}; this version reads ${FORMAT}`);
  }
  if (owner !== shop)
    throw new StoreError('unavailable', `the data directory belongs to the shop ${owner}, not ${shop}`);
}
