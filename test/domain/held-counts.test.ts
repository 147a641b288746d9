import { describe, expect, test } from 'vitest';
import type { Step } from '../../src/domain/steps.ts';
import { BareMachine } from '../support/bare-machine.ts';
import {
  commit,
  configure,
  consume,
  extend,
  giveBack,
  pin,
  receive,
  release,
  reserve,
  resizeBy,
  resizeTo,
  transfer,
  TTL_MS,
} from '../support/transactions.ts';

const CAPS = { unitsMax: 9, clientPercent: 90 };
const OF_BOTH = { customer: 'guest:1', client: 'clt_1', caps: CAPS };
const HELD = { 'held:guest:1 A': 3, 'held:clt_1 A': 3 };

function machineWith(...steps: Step[]): BareMachine {
  const machine = new BareMachine();
  expect(machine.apply(configure('A'), receive('A', 20), ...steps)).toMatchObject({ status: 'applied' });
  return machine;
}

/** Applies steps, and returns the counts that they write. */
function written(machine: BareMachine, ...steps: Step[]): Record<string, number> {
  const { answers, changes } = machine.outcomeOf(...steps);
  expect(answers).toMatchObject([{ status: 'applied' }]);
  return Object.fromEntries(changes.counts.map(({ key, after }) => [key, after]));
}

describe('the units that a customer and a client have in holds', () => {
  test.each<[what: string, step: Step, held: Record<string, number>]>([
    ['are those of a new hold', reserve('h', 'A', 3, OF_BOTH), HELD],
    ['are of the customer alone without a client', reserve('h', 'A', 3, { caps: CAPS }), { 'held:guest:1 A': 3 }],
    [
      'are of the client alone if the hold is of a cart',
      reserve('h', 'A', 3, { ...OF_BOTH, customer: 'cart:1' }),
      { 'held:clt_1 A': 3 },
    ],
    ['are not counted without caps', reserve('h', 'A', 3, { client: 'clt_1' }), {}],
    ['are not counted if no cap is in force', reserve('h', 'A', 3, { client: 'clt_1', caps: {} }), {}],
    ['are not counted for a share of nobody', reserve('h', 'A', 3, { caps: { clientPercent: 50 } }), {}],
  ])('%s', (_, step, held) => {
    expect(written(machineWith(), step)).toEqual(held);
  });

  test.each<[what: string, step: Step, held: Record<string, number>]>([
    ['grow with the hold', resizeBy('h', 2), { 'held:guest:1 A': 5, 'held:clt_1 A': 5 }],
    ['shrink with the hold', resizeTo('h', 1), { 'held:guest:1 A': 1, 'held:clt_1 A': 1 }],
    ['end with a release', release('h'), { 'held:guest:1 A': 0, 'held:clt_1 A': 0 }],
    ['end with a consume', consume('h'), { 'held:guest:1 A': 0, 'held:clt_1 A': 0 }],
    ['end with a commit', commit('h'), { 'held:guest:1 A': 0, 'held:clt_1 A': 0 }],
    ['stay with a pin', pin('h', 1_000), {}],
    ['stay with an extension', extend('h', 2 * TTL_MS), {}],
    ['stay with another owner', transfer('h', 'order:1'), {}],
    [
      'go to another customer',
      transfer('h', 'order:1', { toCustomer: 'guest:2' }),
      { 'held:guest:1 A': 0, 'held:guest:2 A': 3 },
    ],
    ['end for a customer that owns the hold', transfer('h', 'guest:1'), { 'held:guest:1 A': 0 }],
  ])('%s', (_, step, held) => {
    expect(written(machineWith(reserve('h', 'A', 3, OF_BOTH)), step)).toEqual(held);
  });

  test('are counted from the first step on to which a cap applies, and then without caps too', () => {
    const machine = machineWith(reserve('h', 'A', 3, { client: 'clt_1' }));
    expect(written(machine, resizeBy('h', 1))).toEqual({});
    expect(machine.shelf.hold('h')).toMatchObject({ capped: false });
    expect(written(machine, transfer('h', 'cart:2'))).toEqual({});
    expect(machine.shelf.hold('h')).toMatchObject({ capped: false });
    expect(written(machine, resizeBy('h', 1, { caps: CAPS }))).toEqual({
      'held:guest:1 A': 5,
      'held:clt_1 A': 5,
    });
    expect(written(machine, resizeBy('h', 1))).toEqual({
      'held:guest:1 A': 6,
      'held:clt_1 A': 6,
    });
  });
});

describe('the units that count for the limit of a customer', () => {
  const limited = (limitPerCustomer: number | null) => configure('A', { limitPerCustomer });

  test('are those of holds that were created under a limit, also after a transfer', () => {
    const machine = machineWith(reserve('old', 'A', 1), limited(9), reserve('new', 'A', 3));
    expect(machine.shelf.countsOf('guest')).toEqual({ 'guest:1 A': 3 });
    expect(written(machine, transfer('old', 'cart:2', { toCustomer: 'guest:2' }))).toEqual({ 'guest:2 A': 1 });
    expect(machine.shelf.countsOf('guest')).toEqual({ 'guest:1 A': 3, 'guest:2 A': 1 });
  });

  test('stay those of a hold after the limit is gone, as long as the customer stays', () => {
    const machine = machineWith(limited(9), reserve('h', 'A', 3), limited(null));
    expect(written(machine, transfer('h', 'cart:2'))).toEqual({});
    expect(written(machine, resizeBy('h', 1))).toEqual({ 'guest:1 A': 4 });
    expect(written(machine, release('h'))).toEqual({ 'guest:1 A': 0 });
  });

  test('include all units of a hold that grows under a new limit', () => {
    const machine = machineWith(reserve('h', 'A', 3));
    expect(written(machine, resizeBy('h', 1))).toEqual({});
    expect(written(machine, limited(9), resizeBy('h', 1))).toEqual({ 'guest:1 A': 5 });
  });

  test('never include units that were sold without a limit, which may become more', () => {
    const machine = machineWith(reserve('h', 'A', 3), commit('h'), limited(2));
    expect(written(machine, resizeBy('h', 1))).toEqual({});
    expect(machine.shelf.hold('h')).toMatchObject({ quantity: 4, counted: false });
  });

  test('are fewer after a return that names the customer', () => {
    const machine = machineWith(limited(9), reserve('h', 'A', 3), consume('h'));
    expect(written(machine, giveBack('A', 1))).toEqual({});
    expect(written(machine, giveBack('A', 1, { customer: 'guest:1' }))).toEqual({ 'guest:1 A': 2 });
  });
});
