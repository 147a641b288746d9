export interface Money {
  /** Minor units (cents), 0 to `MONEY_AMOUNT_MAX`. */
  amount: number;
  /** ISO 4217, three capital letters. */
  currency: string;
}
