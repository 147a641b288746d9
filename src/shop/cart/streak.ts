/** A holder of units of a SKU. */
export interface StreakHolder {
  /** The customer, or the cart of an anonymous session. */
  name: string;
  /** The client of an anonymous session; null if it is unknown, and for a named customer. */
  client: string | null;
}

/** The time during which a holder has had units of a SKU, with breaks that were shorter than the cool-down. */
export interface Streak {
  holder: string;
  client: string | null;
  sku: string;
  since: number;
  /** The deadline of the last hold, or when it ended. */
  until: number;
  /** The units of the last hold that no other session of the client has taken since it ended. */
  units: number;
  /** When a process last saw a change of the streak. Of two states, the one that was seen later wins. */
  seenAt: number;
}

/** Units of an order that awaits its payment, and how long they have been held. */
export interface PinnedUnits {
  sku: string;
  units: number;
  ageMs: number;
}

const ORDERS = ' orders';

/**
 * Returns the holder of the units that the orders of a holder pin. They have a streak of their own, because the holder
 * may have other units of the SKU in the cart meanwhile.
 */
export const ordersOf = (holder: string): string => holder + ORDERS;
export const isOrders = (holder: string): boolean => holder.endsWith(ORDERS);
/** Reverts `ordersOf`. */
export const holderOfOrders = (orders: string): string => orders.slice(0, -ORDERS.length);

/** The age that a new hold begins with, and the client's units that count as held because they have to rest. */
export interface StreakAge {
  ageMs: number;
  restingUnits: number;
}

/**
 * Returns the holder of the units that a session has given up while it kept others, or by taking fewer than before.
 * Names of holders have no spaces.
 */
export const leftBy = (holder: string): string => `${holder} left`;
