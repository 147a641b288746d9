import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { memoryEngine } from '../support/engines.ts';
import { OPERATOR } from '../support/shop.ts';
import { type Fault, live } from './reference/life.ts';

const TIMEOUT_MS = 120_000;
const HISTORIES_MAX = 300;

const faults: [string, Fault][] = [
  [
    'a key is forgotten, and a repeated call runs again',
    ({ carts }) => ({ carts: { ...carts, add: (input, { caller }) => carts.add(input, { caller }) } }),
  ],
  [
    'what a payment finds too late is sold by the next one',
    ({ checkout }) => ({
      checkout: {
        ...checkout,
        confirm: async (input, call) => {
          const answer = await checkout.confirm(input, call);
          const isTooLate = !answer.ok && answer.refusal.reason === 'payment_too_late';
          return isTooLate ? checkout.cancel({ orderId: input.orderId }, call) : answer;
        },
      },
    }),
  ],
  [
    'a return asks for nothing but the number',
    ({ orders, stock }) => ({
      orders: {
        ...orders,
        return: async (input, call) => {
          const answer = await orders.return(input, call);
          if (answer.ok || answer.refusal.reason !== 'return_exceeds_sold') return answer;
          for (const { sku, quantity } of input.lines) await stock.receive({ sku, quantity }, OPERATOR);
          return orders.get(input, call);
        },
      },
    }),
  ],
  [
    'a merge drops the last line',
    ({ carts }) => ({
      carts: {
        ...carts,
        merge: async (input, call) => {
          const answer = await carts.merge(input, call);
          const line = answer.ok && answer.value.cart.lines[1];
          if (line) await carts.remove({ sku: line.sku }, { caller: call.caller });
          return answer;
        },
      },
    }),
  ],
  [
    'a cart that is given back is released',
    ({ checkout }) => ({
      checkout: { ...checkout, cancel: ({ orderId }, call) => checkout.cancel({ orderId }, call) },
    }),
  ],
];

/** A comparison that never fails proves nothing: each of these goes red, soon. */
test.each(faults)('services where %s are found', { timeout: TIMEOUT_MS }, async (_, fault) => {
  const { verdict } = await live(memoryEngine, { fault, seed: 1, numRuns: HISTORIES_MAX, endOnFailure: true });
  expect(verdict.failed).toBe(true);
});

test('a life that fails shrinks to a few steps, and fails again from its seed', { timeout: TIMEOUT_MS }, async () => {
  const [, fault] = faults.at(-1)!;
  const { verdict } = await live(memoryEngine, { fault, seed: 1, numRuns: HISTORIES_MAX });
  const { counterexample, counterexamplePath: path, seed } = verdict;
  expect(counterexample?.[0].length).toBeLessThanOrEqual(6);
  const again = await live(memoryEngine, { fault, seed, path: path ?? '', endOnFailure: true });
  expect(fc.stringify(again.verdict.counterexample)).toBe(fc.stringify(counterexample));
});
