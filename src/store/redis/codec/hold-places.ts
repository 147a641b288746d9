import type { DuePosition } from '../../../domain/machine/lookups.ts';

/**
 * The index of live holds is a lexical sorted set of `SKU NUL deadline NUL hold id`. A deadline always has this many
 * digits of base 36, so the bytes sort by SKU, deadline and id. `positions.lua` builds the same entries.
 */
export const DEADLINE_DIGITS = 9;
const BASE = 36;

export const duePlaceOf = ({ sku, expiresAt, holdId }: DuePosition): string =>
  `${sku}\0${expiresAt.toString(BASE).padStart(DEADLINE_DIGITS, '0')}\0${holdId}`;

export function positionOf(place: string): DuePosition {
  const [sku = '', deadline = '', holdId = ''] = place.split('\0');
  return { sku, expiresAt: Number.parseInt(deadline, BASE), holdId };
}
