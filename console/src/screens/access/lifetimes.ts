export const DAY_MS = 86_400_000;

/** How long a new key is valid, in days; null: until it is revoked. */
export const LIFETIME_DAYS = { none: null, month: 30, quarter: 90, year: 365 } as const;
export type Lifetime = keyof typeof LIFETIME_DAYS;

/** How long a block lasts; null: as long as the server allows. */
export const BLOCK_MS = { hour: DAY_MS / 24, day: DAY_MS, month: 30 * DAY_MS, longest: null } as const;
export type BlockLife = keyof typeof BLOCK_MS;
