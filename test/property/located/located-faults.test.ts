import { expect, test } from 'vitest';
import { memoryEngine } from '../../support/engines.ts';
import { OPERATOR } from '../../support/shop.ts';
import { liveLocated } from './located-lives.ts';
import type { LocatedFault } from './located-world.ts';

const TIMEOUT_MS = 120_000;

const faults: [string, LocatedFault][] = [
  [
    'lose a unit of each transfer that arrives',
    ({ stock, transfers }) => ({
      transfers: {
        ...transfers,
        receive: async (input, call) => {
          const answer = await transfers.receive(input, call);
          const [{ sku } = { sku: 'A' }] = input.lines;
          const lost = { sku, delta: -1, reason: 'fault' };
          if (answer.ok) await stock.adjust({ ...lost, location: answer.value.to }, OPERATOR);
          return answer;
        },
      },
    }),
  ],
  [
    'sell one unit more than the limit of backorders',
    ({ stock }) => ({
      stock: {
        ...stock,
        define: ({ backorderLimit, ...input }, call) =>
          stock.define(
            backorderLimit ? { ...input, backorderLimit: backorderLimit + 1 } : { backorderLimit, ...input },
            call,
          ),
      },
    }),
  ],
  [
    'sell from a location that was made inactive',
    ({ locations }) => ({
      locations: { ...locations, define: ({ active: _, ...input }, call) => locations.define(input, call) },
    }),
  ],
  [
    'do not give freed units to backorders',
    ({ expiry }) => ({ expiry: { ...expiry, sweepNow: () => Promise.resolve() } }),
  ],
  [
    'ignore the locations that a shopper may have',
    ({ carts }) => ({
      carts: { ...carts, add: ({ sku, quantity, mode }, call) => carts.add({ sku, quantity, mode }, call) },
    }),
  ],
];

/** Proves that the comparison finds faults within few lives. */
test.each(faults)('finds services that %s', { timeout: TIMEOUT_MS }, async (_, fault) => {
  const { verdict } = await liveLocated(memoryEngine, { fault, seed: 1, numRuns: 100, endOnFailure: true });
  expect(verdict.failed).toBe(true);
});
