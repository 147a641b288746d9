import type { Reach, Ratio, Side, SideResult, Figure } from './types.ts';

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = Number.NaN, high = low] = sorted.length % 2 === 0 ? sorted.slice(middle - 1) : sorted.slice(middle);
  return sorted.length % 2 === 0 ? (low + high) / 2 : low;
}

/** The value below which `share` of the values lie. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Four digits: a measurement on a shared machine is not more precise. */
export const rounded = (value: number): number => Number(value.toPrecision(4));

const worstOf = (ratios: readonly number[], reach: Reach): number =>
  typeof reach === 'object' && 'atMost' in reach ? Math.max(...ratios) : Math.min(...ratios);

/** Null where there is no goal. */
export function isReached(value: number, reach: Reach): boolean | null {
  if (reach === 'report') return null;
  return 'atLeast' in reach ? value >= reach.atLeast : value <= reach.atMost;
}

const roundedAll = (details: Record<string, number>): Record<string, number> =>
  Object.fromEntries(Object.entries(details).map(([name, value]) => [name, rounded(value)]));

const sideResult = ({ name, unit }: Side, figures: readonly Figure[]): SideResult => {
  const values = figures.map(({ value }) => rounded(value));
  const details = figures.flatMap((figure) => (figure.details ? [roundedAll(figure.details)] : []));
  return { name, unit, median: rounded(median(values)), values, ...(details.length > 0 ? { details } : {}) };
};

/**
 * The ratio of rounds that were measured in turns. Throws where a ratio is not a positive number, because then nothing
 * was measured.
 */
export function ratioOf(sides: { a: Side; b: Side; reach: Reach }, rounds: readonly { a: Figure; b: Figure }[]): Ratio {
  const ratios = rounds.map(({ a, b }) => a.value / b.value);
  if (ratios.length === 0 || ratios.some((ratio) => !(Number.isFinite(ratio) && ratio > 0)))
    throw new Error(`not positive ratios: ${ratios.join(', ')}`);
  return {
    median: rounded(median(ratios)),
    worst: rounded(worstOf(ratios, sides.reach)),
    rounds: rounds.length,
    a: sideResult(
      sides.a,
      rounds.map(({ a }) => a),
    ),
    b: sideResult(
      sides.b,
      rounds.map(({ b }) => b),
    ),
  };
}
