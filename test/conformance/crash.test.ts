import { describe, expect, test } from 'vitest';
import type { Transaction } from '../../src/domain/transaction.ts';
import { type Killable, killables } from '../support/killables.ts';
import { emptyFold, foldEntries, violations } from '../support/fold.ts';
import { learn } from '../support/known.ts';
import { type Known, nothingKnown, seenIn, wholeState } from '../support/state.ts';
import { configure, consume, drop, put, receive, reserve, START, transaction } from '../support/transactions.ts';

const SHOPPERS = 24;
const SKUS = ['A', 'B', 'C'];
const STOCK = 100_000;

/** One shopper's transactions: two reserves and a cart, then a checkout of it. */
function purchase(name: string, index: number): [Transaction, Transaction] {
  const [first, second] = [SKUS[index % 3]!, SKUS[(index + 1) % 3]!];
  const fill = transaction(`${name}:fill`, [
    reserve(`${name}:1`, first, 2),
    reserve(`${name}:2`, second, 1),
    put(`cart:${name}`, 'absent', { body: name, holds: [`${name}:1`, `${name}:2`] }),
  ]);
  const buy = transaction(`${name}:buy`, [
    consume(`${name}:1`),
    consume(`${name}:2`),
    put(`order:${name}`, 'absent', { body: name, list: 'placed' }),
    drop(`cart:${name}`, 'present'),
  ]);
  return [fill, buy];
}

interface Outcome {
  acknowledged: Map<string, number>;
  unknown: Transaction[];
}

/** Shoppers buy without a pause until the store is killed, after `acknowledgements` of its answers. */
async function buyUntilKilled(
  killable: Killable,
  round: number,
  acknowledgements: number,
  known: Known,
): Promise<Outcome> {
  const outcome: Outcome = { acknowledged: new Map(), unknown: [] };
  const power: { off?: Promise<void> } = {};
  const send = async (call: Transaction): Promise<boolean> => {
    learn(known, [call]);
    try {
      const { answers } = await killable.store.apply([call]);
      expect(answers).toMatchObject([{ status: 'applied' }]);
      outcome.acknowledged.set(call.id, answers[0]?.status === 'applied' ? answers[0].sequence : 0);
    } catch (error) {
      expect(error).toMatchObject({ name: 'StoreError' });
      outcome.unknown.push(call);
      return false;
    }
    if (outcome.acknowledged.size >= acknowledgements) power.off ??= killable.kill9();
    return true;
  };
  const shop = async (shopper: number) => {
    for (let index = 0; !power.off; index += 1) {
      const [fill, buy] = purchase(`r${round}s${shopper}n${index}`, shopper + index);
      if (!(await send(fill)) || !(await send(buy))) return;
    }
  };
  await Promise.all(Array.from({ length: SHOPPERS }, (_, shopper) => shop(shopper)));
  await power.off;
  return outcome;
}

async function expectWhole(killable: Killable, known: Known): Promise<void> {
  const state = await wholeState(killable.store, known);
  const fold = emptyFold();
  expect([...foldEntries(fold, state.ledger), ...violations(fold, seenIn(state))]).toEqual([]);
}

describe.each(killables)('$name, killed with kill -9', ({ open }) => {
  test('keeps all acknowledged transactions, and each other transaction whole or not at all', async () => {
    await using killable = await open({ now: START });
    const known = nothingKnown();
    const supply = transaction(
      'supply',
      SKUS.flatMap((sku) => [configure(sku), receive(sku, STOCK)]),
    );
    learn(known, [supply]);
    await killable.store.apply([supply]);

    for (const [round, acknowledgements] of [1, 40, 333].entries()) {
      const { acknowledged, unknown } = await buyUntilKilled(killable, round, acknowledgements, known);
      await killable.restart();
      await expectWhole(killable, known);

      const [snapshot] = await killable.store.read([{ requests: [...acknowledged.keys()] }]);
      expect(snapshot?.requests.map((request) => request?.sequence)).toEqual([...acknowledged.values()]);
      expect(acknowledged.size).toBeGreaterThanOrEqual(acknowledgements);

      const again = await killable.store.apply(unknown);
      const statuses = new Set(again.answers.map(({ status }) => status));
      expect([...statuses].filter((status) => status !== 'applied' && status !== 'replayed')).toEqual([]);
      await expectWhole(killable, known);
    }
  });
});
