import { expect, test } from 'vitest';
import { paymentCovers } from '../../src/adapters/payment-notice-handler.ts';
import type { OrderLine } from '../../src/contract/outputs/order-outputs.ts';

const line = (quantity: number, amount?: number, currency = 'EUR'): OrderLine => ({
  sku: 'mug',
  quantity,
  returned: 0,
  ...(amount === undefined ? {} : { unitPrice: { amount, currency } }),
});

test.each<[string, number, OrderLine[], boolean]>([
  ['the exact sum', 1_500, [line(2, 500), line(1, 500)], true],
  ['more than the sum', 1_501, [line(3, 500)], true],
  ['one cent less', 1_499, [line(3, 500)], false],
  ['the priced lines, where another has no price', 4_999_000, [line(10, 499_900), line(1)], true],
  ['less than the priced lines, where another has no price', 100, [line(10, 499_900), line(1)], false],
  ['another currency', 1_500, [line(3, 500, 'JPY')], false],
  ['one of two currencies', 1_000, [line(1, 500), line(1, 500, 'JPY')], false],
  ['a sum beyond 2^53', Number.MAX_SAFE_INTEGER, [line(1_000_000, 1_000_000_000_000)], false],
  ['a sum that only together is beyond 2^53', Number.MAX_SAFE_INTEGER, [line(1, 2 ** 53 - 1), line(1, 1)], false],
  ['nothing, where everything is free', 0, [line(3, 0)], true],
  ['something, where nothing has a price', 1, [line(3)], true],
  ['nothing, where nothing has a price', 0, [line(3)], false],
  ['nothing, where one line has no price', 0, [line(1, 0), line(1)], false],
  ['an amount that is not whole', 1_500.5, [line(3, 500)], false],
  ['an infinite amount', Number.POSITIVE_INFINITY, [line(3, 500)], false],
])('a payment of %s', (_, amount, lines, isCovered) => {
  expect(paymentCovers({ amount, currency: 'EUR' }, lines)).toBe(isCovered);
});
