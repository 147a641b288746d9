import { expect, test } from 'vitest';
import type { Step } from '../../src/domain/steps.ts';
import { BareMachine } from '../support/bare-machine.ts';
import { commit, configure, receive, release, reserve } from '../support/transactions.ts';

/** A transaction may take again what it has released, as when two holds become one, before older backorders get it. */
function machineWith(...steps: Step[]): BareMachine {
  const machine = new BareMachine();
  expect(machine.apply(...steps)).toMatchObject({ status: 'applied' });
  return machine;
}

/** `a` has the two units on hand, and `b` waits for three. */
const SHORT: Step[] = [
  configure('A', { backorderLimit: 4 }),
  receive('A', 2),
  reserve('a', 'A', 2),
  reserve('b', 'A', 3),
];
/** Two of four units on hand are safety stock. `a` has the others and waits for two, and `b` waits for three. */
const SAFE: Step[] = [
  configure('A', { backorderLimit: 9, safetyStock: 2 }),
  receive('A', 4),
  reserve('a', 'A', 4),
  reserve('b', 'A', 3),
];
const backorders = (...backordered: number[]) => ({ status: 'applied', backordered });

test('units of another transaction go to older backorders first', () => {
  const machine = machineWith(...SHORT);
  expect(machine.apply(release('a'))).toMatchObject({ status: 'applied' });
  expect(machine.apply(reserve('c', 'A', 2))).toMatchObject(backorders(2));
});

test('released units are on hand for the same transaction', () => {
  const answer = machineWith(...SHORT).apply(release('a'), reserve('c', 'A', 2));
  expect(answer).toMatchObject({ status: 'applied', granted: [2] });
  expect(answer).not.toHaveProperty('backordered');
});

test('a released hold gives again only the units that it had on hand', () => {
  expect(machineWith(...SAFE).apply(release('a'), reserve('c', 'A', 4))).toMatchObject(backorders(2));
});

test('released units are taken once', () => {
  const taken = machineWith(...SAFE).apply(
    release('a'),
    reserve('c', 'A', 1),
    reserve('d', 'A', 2),
    reserve('e', 'A', 1),
  );
  expect(taken).toMatchObject(backorders(0, 1, 1));
});

test('units of two released holds add up', () => {
  const machine = machineWith(...SHORT.slice(0, 2), reserve('a', 'A', 1), reserve('z', 'A', 1), reserve('b', 'A', 3));
  const answer = machine.apply(release('a'), release('z'), reserve('c', 'A', 2));
  expect(answer).toMatchObject({ status: 'applied', granted: [2] });
  expect(answer).not.toHaveProperty('backordered');
});

test('released units can be taken again though the SKU accepts no more backorders', () => {
  const machine = machineWith(...SHORT, configure('A', { backorderLimit: null }));
  expect(machine.apply(release('a'), reserve('c', 'A', 3))).toMatchObject({
    status: 'refused',
    refusal: { reason: 'insufficient_stock', meta: { lines: [{ available: 2 }] } },
  });
  expect(machine.apply(release('a'), reserve('c', 'A', 1), reserve('d', 'A', 2, { min: 1 }))).toMatchObject({
    granted: [1, 1],
  });
  expect(machine.apply(reserve('e', 'A', 1))).toMatchObject({ status: 'refused' });
});

test('released units can be taken again though the safety stock was raised', () => {
  const machine = machineWith(
    configure('A', { backorderLimit: 1 }),
    receive('A', 5),
    reserve('a', 'A', 5),
    configure('A', { backorderLimit: 1, safetyStock: 5 }),
  );
  expect(machine.apply(release('a'), reserve('c', 'A', 5))).toMatchObject({ status: 'applied', granted: [5] });
});

test('a released hold of sold units is no longer sold', () => {
  const machine = machineWith(...SHORT, commit('a'), release('a', { committed: true }));
  expect(machine.shelf.stock('A')).toMatchObject({ onHand: 2, reserved: 3, committed: 0, sold: 0, backordered: 3 });
});
