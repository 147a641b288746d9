import type { Plan } from './types.ts';

/** A process compiles its frequent code while it serves its first tens of thousands of requests. */
const WARM_UP = 3;

/** For sides that measure a process of its own: the warm-up round is longer than the others. */
export const warmedMs = ({ roundMs }: Plan, round: number): number => (round === 0 ? WARM_UP * roundMs : roundMs);
