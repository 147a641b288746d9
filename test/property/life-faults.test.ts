import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { memoryEngine } from '../support/engines.ts';
import { OPERATOR } from '../support/shop.ts';
import { type Fault, live } from './reference/life.ts';

const TIMEOUT_MS = 120_000;
const HISTORIES_MAX = 300;

const faults: [string, Fault][] = [
  [
    'run a call again that is repeated with its key',
    ({ carts }) => ({ carts: { ...carts, add: (input, { caller }) => carts.add(input, { caller }) } }),
  ],
  [
    'do not repeat the answer to a late payment',
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
    'accept a return of more units than were sold',
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
    'lose the last line in a merge',
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
    'release the holds of an order instead of restoring the cart',
    ({ checkout }) => ({
      checkout: { ...checkout, cancel: ({ orderId }, call) => checkout.cancel({ orderId }, call) },
    }),
  ],
];

/** Proves that the comparison finds faults within few lives. */
test.each(faults)('finds services that %s', { timeout: TIMEOUT_MS }, async (_, fault) => {
  const { verdict } = await live(memoryEngine, { fault, seed: 1, numRuns: HISTORIES_MAX, endOnFailure: true });
  expect(verdict.failed).toBe(true);
});

test('shrinks a failing life to a few steps, and replays it from its seed', { timeout: TIMEOUT_MS }, async () => {
  const [, fault] = faults.at(-1)!;
  const { verdict } = await live(memoryEngine, { fault, seed: 1, numRuns: HISTORIES_MAX });
  const { counterexample, counterexamplePath: path, seed } = verdict;
  expect(counterexample?.[0].length).toBeLessThanOrEqual(6);
  const again = await live(memoryEngine, { fault, seed, path: path ?? '', endOnFailure: true });
  expect(fc.stringify(again.verdict.counterexample)).toBe(fc.stringify(counterexample));
});
