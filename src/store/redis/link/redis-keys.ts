/**
 * The keys of a shop with their Redis types, in the order of KEYS of `commit.lua`, which does not have `lost`. All have
 * the hash tag `{shop}`, so that a shop is in one slot of a Redis Cluster, where one script may access all of its keys.
 */
export const KEY_TYPES = {
  meta: 'hash',
  stock: 'hash',
  holds: 'hash',
  'ended:0': 'hash',
  'ended:1': 'hash',
  docs: 'hash',
  'requests:short:0': 'hash',
  'requests:short:1': 'hash',
  'requests:long:0': 'hash',
  'requests:long:1': 'hash',
  counts: 'hash',
  'due:holds': 'zset',
  'due:skus': 'zset',
  'due:docs': 'zset',
  skus: 'zset',
  ledger: 'stream',
  alarm: 'string',
  'orders:awaiting_payment': 'zset',
  'orders:placed': 'zset',
  'orders:cancelled': 'zset',
  'orders:expired': 'zset',
  'orders:refund_due': 'zset',
  'orders:partially_fulfilled': 'zset',
  'orders:fulfilled': 'zset',
  'orders:by_owner': 'zset',
  'orders:events': 'zset',
  'orders:reservations': 'zset',
  'orders:reservations_ended': 'zset',
  'orders:transfers': 'zset',
  'orders:transfers_ended': 'zset',
  lost: 'hash',
} as const;

export type KeyName = keyof typeof KEY_TYPES;

export const BATCH_KEYS = (Object.keys(KEY_TYPES) as KeyName[]).filter((name) => name !== 'lost');

/** A shop's name contains no brace, because it is the hash tag of its keys. */
export const SHOP_PATTERN = /^[A-Za-z0-9._:-]{1,64}$/;

export function shopKey(shop: string, name: string): string {
  return `{${shop}}:${name}`;
}
