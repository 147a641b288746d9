import type { Money } from '../contract/output-fields.ts';

/**
 * Currencies whose unit at Stripe differs from the minor unit of ISO 4217, which the shop uses: the number of Stripe's
 * units in one of the shop's (`times`), or of the shop's units in one of Stripe's (`per`).
 *
 * Source: https://docs.stripe.com/currencies, "Zero-decimal currencies", "Three-decimal currencies" and "Special
 * cases", compared with the minor units of ISO 4217:
 * - ISK and UGX have no decimals, and Stripe counts them in hundredths for backward compatibility: 500 is 5 ISK.
 * - MGA has two decimals in ISO 4217, and Stripe counts whole ariary.
 *
 * All others agree: 16 zero-decimal currencies except UGX and MGA (BIF, CLP, DJF, GNF, JPY, KMF, KRW, PYG, RWF, VND,
 * VUV, XAF, XOF, XPF), three decimals (BHD, JOD, KWD, OMR, TND), and HUF and TWD, which are special in payouts only.
 */
const MINOR_UNITS: Readonly<Record<string, { times: number } | { per: number }>> = {
  ISK: { times: 100 },
  UGX: { times: 100 },
  MGA: { per: 100 },
};

/**
 * Converts an amount of Stripe to the shop's minor units, rounded down. `currency` is Stripe's: three lowercase
 * letters.
 */
export function fromStripe(amount: number, currency: string): Money {
  const code = currency.toUpperCase();
  const units = Object.hasOwn(MINOR_UNITS, code) ? MINOR_UNITS[code] : undefined;
  if (!units) return { amount, currency: code };
  return { amount: 'times' in units ? Math.floor(amount / units.times) : amount * units.per, currency: code };
}
