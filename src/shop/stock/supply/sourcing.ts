import type { Sourcing } from '../../../contract/settings.ts';

/** A location that may supply units of a SKU. */
export interface Candidate {
  /** The key of the SKU's stock there. */
  key: string;
  /** Units that a new hold could get. */
  available: number;
  /** The available units that are on hand. The others would be backordered. Default: all. */
  onHand?: number;
  /** The line has units there already, so more of them need no further parcel. */
  isUsed?: boolean;
}

/** Units of one location, 1 or more. */
export interface Allotment {
  key: string;
  units: number;
  /** All units must be on hand. If they are gone by then, another location may have units. */
  onHandOnly?: true;
}

/**
 * Chooses the locations of `want` units, or of all available ones if they are fewer. Returns null if fewer than `min`
 * are available. No unit is backordered while a location has one on hand. Each key is in `candidates` once. Both they
 * and the result are in the order of preference. The function is pure.
 */
export function source(
  candidates: readonly Candidate[],
  { min, want }: { min: number; want: number },
  sourcing: Sourcing,
): Allotment[] | null {
  if (candidateUnits(candidates) < min) return null;
  const stocked = candidates.map(({ onHand, ...rest }) => ({ ...rest, available: onHand ?? rest.available }));
  const order = sourcing === 'priority' ? stocked : fewestFirst(stocked, want);
  const units = new Map<string, number>();
  let left = want;
  const take = (key: string, most: number): void => {
    const taken = Math.max(0, Math.min(left, most));
    if (taken > 0) units.set(key, (units.get(key) ?? 0) + taken);
    left -= taken;
  };
  for (const { key, available } of order) take(key, available);
  for (const { key, available } of candidates) take(key, available - (units.get(key) ?? 0));
  return candidates.flatMap(({ key, onHand }) => {
    const taken = units.get(key);
    if (taken === undefined) return [];
    const isCovered = onHand !== undefined && taken <= onHand;
    return [{ key, units: taken, ...(isCovered ? { onHandOnly: true } : {}) }];
  });
}

export const candidateUnits = (candidates: readonly Candidate[]): number =>
  candidates.reduce((sum, { available }) => sum + available, 0);

/**
 * Orders the candidates so that as few locations as possible supply the units: those that the line uses already, then
 * the first one that has all other units, or else the largest ones.
 */
function fewestFirst(candidates: readonly Candidate[], want: number): Candidate[] {
  const used = candidates.filter(({ isUsed }) => isUsed);
  const free = candidates.filter(({ isUsed }) => !isUsed);
  const missing = want - candidateUnits(used);
  const single = free.find(({ available }) => available >= missing);
  return [...used, ...(single ? [single] : free.toSorted((a, b) => b.available - a.available))];
}
