import type { Money } from '../contract/views.ts';

/**
 * Currencies in which Stripe counts another unit than ISO 4217's minor unit, which is the shop's: how many units of Stripe
 * are one of the shop's (`times`), or how many of the shop's are one of Stripe's (`per`).
 *
 * Source: https://docs.stripe.com/currencies, "Zero-decimal currencies", "Three-decimal currencies" and "Special cases",
 * compared with the minor units of ISO 4217:
 * - ISK and UGX have no decimals, and Stripe counts them in hundredths for backward compatibility: 500 is 5 ISK.
 * - MGA has two decimals in ISO 4217, and Stripe counts whole ariary.
 * All others agree: 16 zero-decimal currencies except UGX and MGA (BIF, CLP, DJF, GNF, JPY, KMF, KRW, PYG, RWF, VND, VUV,
 * XAF, XOF, XPF), three decimals (BHD, JOD, KWD, OMR, TND), and HUF and TWD, which are special in payouts only.
 */
const UNITS: Readonly<Record<string, { times: number } | { per: number }>> = {
  ISK: { times: 100 },
  UGX: { times: 100 },
  MGA: { per: 100 },
};

/** Returns an amount of Stripe in the shop's minor units, rounded down. `currency` is Stripe's: three small letters. */
export function fromStripe(amount: number, currency: string): Money {
  const code = currency.toUpperCase();
  const units = Object.hasOwn(UNITS, code) ? UNITS[code] : undefined;
  if (!units) return { amount, currency: code };
  return { amount: 'times' in units ? Math.floor(amount / units.times) : amount * units.per, currency: code };
}
