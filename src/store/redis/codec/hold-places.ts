import type { DuePosition } from '../../../domain/machine/lookups.ts';

/**
 * The index of live holds is a lexical sorted set of places: `SKU NUL deadline NUL hold id`. A deadline has always this
 * many digits of base 36, so that bytes sort as the three of them do. `positions.lua` makes the same places.
 */
export const DEADLINE_DIGITS = 9;
const BASE = 36;

export const placeOf = ({ sku, expiresAt, holdId }: DuePosition): string =>
  `${sku}\0${expiresAt.toString(BASE).padStart(DEADLINE_DIGITS, '0')}\0${holdId}`;

export function positionOf(place: string): DuePosition {
  const [sku = '', deadline = '', holdId = ''] = place.split('\0');
  return { sku, expiresAt: Number.parseInt(deadline, BASE), holdId };
}
