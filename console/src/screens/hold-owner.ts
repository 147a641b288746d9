import type { Outputs } from '../../../src/client/client.ts';
import { DETAIL } from '../detail-text.ts';

export type Hold = Outputs['holds']['list']['items'][number];

/** The owner of a hold in parts: `cart:<id>` is a cart with that id. */
export function ownerParts(owner: string): { kind: string; id: string } {
  const at = owner.indexOf(':');
  return { kind: owner.slice(0, at), id: owner.slice(at + 1) };
}

/** Returns what the owner of a hold is called. */
export function ownerName(owner: string): string {
  const { kind, id } = ownerParts(owner);
  if (kind === 'cart') return DETAIL.holds.cart(id);
  if (kind === 'order') return DETAIL.holds.order(id);
  return kind === 'reservation' ? DETAIL.holds.reservation(id) : DETAIL.holds.detached(id);
}

/** Whether a hold can be released by itself: orders and reservations end as a whole. */
export const isReleasable = ({ owner }: Pick<Hold, 'owner'>): boolean =>
  !['order', 'reservation'].includes(ownerParts(owner).kind);
