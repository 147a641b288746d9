import type { Options, OptionSpec } from './definition.ts';

/** An option that is a whole number, at least `min` (1 if absent). */
export const whole = (preset: number, about: string, max = 100_000, min = 1): OptionSpec => ({
  preset,
  min,
  max,
  about,
});

export const at = (options: Options, name: string): number => options[name] ?? Number.NaN;
