import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningShop } from '../running-shop.ts';
import type { Faults } from './faults.ts';
import type { OrderBook } from './order-book.ts';
import type { SupplyBook } from './supply-book.ts';
import type { Wire } from './wire.ts';

/** A scenario without its payments, which need the rest of it. */
export interface Stage {
  name: string;
  seed: number;
  shop: RunningShop;
  wire: Wire;
  faults: Faults;
  orders: OrderBook;
  supply: SupplyBook;
  /** Every hold that any cart has shown. */
  holds: Set<string>;
  /** The holds that write-offs have ended. */
  writtenOff: Set<string>;
  isOver: boolean;
}

const PAUSE_MS_MAX = 1_000;

/** No actor in a scenario pauses for longer than a second. */
export const pause = (ms: number): Promise<void> => sleep(Math.min(ms, PAUSE_MS_MAX));
