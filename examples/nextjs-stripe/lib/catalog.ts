import type { Money } from '@holdfast/client';

export interface Product {
  sku: string;
  title: string;
  text: string;
  price: Money;
}

/** What the shop shows. The price that counts is that of the SKU, which the operator sets. */
export const PRODUCTS: readonly Product[] = [
  { sku: 'TICKET-FRI', title: 'Friday', text: 'Doors open at seven.', price: { amount: 4_500, currency: 'EUR' } },
  { sku: 'TICKET-SAT', title: 'Saturday', text: 'Doors open at six.', price: { amount: 5_500, currency: 'EUR' } },
];

export const titleOf = (sku: string): string => PRODUCTS.find((each) => each.sku === sku)?.title ?? sku;

export function moneyText({ amount, currency }: Money): string {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  return format.format(amount / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}
