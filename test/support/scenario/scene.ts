import { setTimeout as sleep } from 'node:timers/promises';
import { must } from '../http-caller.ts';
import type { RunningShop } from '../running-shop.ts';
import type { Basket } from './cart-checks.ts';
import type { Faults } from './faults.ts';
import type { OrderBook } from './order-book.ts';
import type { Payments } from './payments.ts';
import type { SupplyBook } from './supply-book.ts';
import type { Who, Wire } from './wire.ts';

/** What everybody in a scenario shares. */
export interface Scene {
  name: string;
  seed: number;
  shop: RunningShop;
  wire: Wire;
  faults: Faults;
  orders: OrderBook;
  supply: SupplyBook;
  payments: Payments;
  /** Every hold that any cart has shown. */
  holds: Set<string>;
  isOver: boolean;
}

/** A session, and what its shopper knows. */
export interface Visitor extends Who {
  session: string;
  /** Whom its units count for. */
  customer: string;
  basket: Basket;
}

const PAUSE_MS_MAX = 1_000;

/** Nobody in a scenario pauses for longer than a second. */
export const pause = (ms: number): Promise<void> => sleep(Math.min(ms, PAUSE_MS_MAX));

export async function newSession({ shop }: Scene, customerId: string | null): Promise<string> {
  const { caller } = shop;
  const issued =
    customerId === null
      ? await caller.mutate('session.create', {})
      : await caller.asOperator().mutate('session.create', { customerId });
  return must(issued).sessionId;
}
