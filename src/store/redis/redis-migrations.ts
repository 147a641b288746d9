import type { Redis } from 'ioredis';
import type { Migrations } from '../record-format.ts';

/**
 * By format. A migration writes the number of the next format last, and runs again from its beginning where a process ended
 * meanwhile. docs/decisions/formats.md says how to add one.
 */
export const REDIS_MIGRATIONS: Migrations<(redis: Redis, shop: string) => Promise<void>> = {};
