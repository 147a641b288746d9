import type { OutputOf } from '../http-caller.ts';

/** Deadlines are within a second, so that carts and orders really expire, many times. */
export const HOLD_TTL_MS = 900;
export const PAYMENT_WINDOW_MS = 1_000;
export const LINE_QUANTITY_MAX = 6;
export const WEBHOOK_SECRET = 'whsec_of_the_scenario';

export const ENVIRONMENT: Record<string, string> = {
  HOLD_TTL_MS: String(HOLD_TTL_MS),
  CART_TTL_MS: '1000',
  HOLD_LIFETIME_MAX_MS: '2000',
  PAYMENT_WINDOW_MS: String(PAYMENT_WINDOW_MS),
  LINE_QUANTITY_MAX: String(LINE_QUANTITY_MAX),
  ORDERS_DAILY_MAX_SESSION: '100000',
  SESSION_SECRET: 'sessions-of-the-scenario',
  STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET,
};

/** One shop may have both kinds of orders: those whose units leave the stock at the sale, and those to dispatch. */
export const SECOND_SERVER: Record<string, string> = { SELL_AT: 'sale' };

type Money = NonNullable<OutputOf<'cart.get'>['total']>;

export interface Good {
  sku: string;
  /** Initial units on hand. */
  supply: number;
  unitPrice: Money | null;
  safetyStock: number;
  limitPerCustomer: number | null;
}

const good = (sku: string, supply: number, rest: Partial<Good> = {}): Good => ({
  sku,
  supply,
  unitPrice: { amount: 100 + supply, currency: 'EUR' },
  safetyStock: 0,
  limitPerCustomer: null,
  ...rest,
});

/**
 * The first ones are the most wanted: scarce ones, some with limits, common ones, with safety stock, one without a
 * price, one in another currency.
 */
export const GOODS: readonly Good[] = [
  ...[3, 5, 8, 12].map((supply) => good(`scarce-${supply}`, supply)),
  ...[2, 3, 4, 5].map((limit) => good(`limited-${limit}`, 40, { limitPerCustomer: limit })),
  ...[20, 40, 60, 80].map((supply) => good(`common-${supply}`, supply)),
  good('kept-2', 12, { safetyStock: 2 }),
  good('kept-limited', 30, { safetyStock: 3, limitPerCustomer: 5 }),
  good('unpriced', 30, { unitPrice: null }),
  good('dollars', 30, { unitPrice: { amount: 999, currency: 'USD' } }),
];

export const SKUS: readonly string[] = GOODS.map(({ sku }) => sku);

export const limitOf = (sku: string): number | null => GOODS.find((one) => one.sku === sku)?.limitPerCustomer ?? null;

/** The total by the contract: null for no lines, a missing price, or several currencies. */
export function totalOf(lines: readonly { quantity: number; unitPrice?: Money }[]): Money | null {
  const currencies = new Set(lines.map(({ unitPrice }) => unitPrice?.currency));
  const [currency] = currencies;
  if (currencies.size !== 1 || currency === undefined) return null;
  return { amount: lines.reduce((sum, line) => sum + line.quantity * (line.unitPrice?.amount ?? 0), 0), currency };
}
