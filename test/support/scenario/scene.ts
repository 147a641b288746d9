import { must } from '../http-caller.ts';
import type { Basket } from './cart-checks.ts';
import type { Payments } from './payments.ts';
import type { Stage } from './stage.ts';
import type { Who } from './wire.ts';

/** The state that all parts of a scenario share. */
export interface Scene extends Stage {
  payments: Payments;
}

/** A session, and what its shopper knows. */
export interface Visitor extends Who {
  session: string;
  /** The customer for whom its units count. */
  customer: string;
  basket: Basket;
}

export async function newSession({ shop }: Scene, customerId: string | null): Promise<string> {
  const { caller } = shop;
  const issued =
    customerId === null
      ? await caller.mutate('session.create', {})
      : await caller.asOperator().mutate('session.create', { customerId });
  return must(issued).sessionId;
}
