/** A value and its time in milliseconds after the beginning. */
export interface Point {
  at: number;
  value: number;
}

export interface Drift {
  /** The rise of the fitted line over the second half of the time; negative if it falls. */
  rise: number;
  /** The rise is within plus or minus this, with a confidence of 95 %. */
  noise: number;
  /** The mean of the fitted points. */
  level: number;
}

/**
 * Returns the drift of the second half: a line is fitted (least squares) to the lowest points of its tenths, because
 * a heap swings between collections. Null for fewer than `POINTS_MIN` points in that half.
 */
export function driftOf(points: readonly Point[]): Drift | null {
  const [first, last] = [points[0]?.at ?? 0, points.at(-1)?.at ?? 0];
  const middle = (first + last) / 2;
  const half = points.filter(({ at }) => at >= middle);
  if (half.length < POINTS_MIN) return null;
  const window = (last - middle) / WINDOWS;
  const floor = Array.from({ length: WINDOWS }, (_, index) => ({
    at: index,
    value: Math.min(...half.filter(({ at }) => windowOf(at - middle, window) === index).map(({ value }) => value)),
  })).filter(({ value }) => Number.isFinite(value));
  const line = fitOf(floor);
  return {
    rise: line.slope * (WINDOWS - 1),
    noise: T_95 * line.error * (WINDOWS - 1),
    level: mean(floor.map(({ value }) => value)),
  };
}

const POINTS_MIN = 20;
const WINDOWS = 10;
/** The 97.5th percentile of Student's t for a line through ten points. */
const T_95 = 2.306;

const windowOf = (since: number, window: number): number => Math.min(WINDOWS - 1, Math.floor(since / window));
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Returns the slope of the fitted line, and its standard error. */
function fitOf(points: readonly Point[]): { slope: number; error: number } {
  const [meanAt, level] = [mean(points.map(({ at }) => at)), mean(points.map(({ value }) => value))];
  const along = points.reduce((sum, { at }) => sum + (at - meanAt) ** 2, 0);
  const across = points.reduce((sum, { at, value }) => sum + (at - meanAt) * (value - level), 0);
  if (along === 0 || points.length <= 2) return { slope: 0, error: Number.POSITIVE_INFINITY };
  const slope = across / along;
  const off = points.reduce((sum, { at, value }) => sum + (value - level - slope * (at - meanAt)) ** 2, 0);
  return { slope, error: Math.sqrt(off / (points.length - 2) / along) };
}
