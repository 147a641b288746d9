import type { Options, OptionSpec } from './definition.ts';

/** A whole number. The smallest one is 1 unless `min` is given. */
export const whole = (preset: number, about: string, max = 100_000, min = 1): OptionSpec => ({
  preset,
  min,
  max,
  about,
});

export const at = (options: Options, name: string): number => options[name] ?? Number.NaN;
