export interface Money {
  /** Minor units (cents), 0 to `MONEY_AMOUNT_MAX`. */
  amount: number;
  /** ISO 4217, three capital letters. */
  currency: string;
}

/** Returns whether two prices are equal. Null is the price of a SKU without a price. */
export const isSamePrice = (one: Money | null, other: Money | null): boolean =>
  one?.amount === other?.amount && one?.currency === other?.currency;
