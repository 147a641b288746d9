/** `npm run test:faults` runs every trial in full; the suite runs a piece of each. */
export const FULL = process.env['HOLDFAST_FAULTS'] === 'full';

const SEED = process.env['HOLDFAST_SEED'] ?? '1';

/** Numbers from 0 to below 1, the same for the same name and `HOLDFAST_SEED` (mulberry32 over FNV-1a). */
export function seededRandom(name: string): () => number {
  let state = 0x811c9dc5;
  for (const char of `${SEED} ${name}`) state = Math.imul(state ^ char.charCodeAt(0), 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
