import { expect, test } from 'vitest';
import type { Step } from '../../src/domain/steps.ts';
import { BareMachine } from '../support/bare-machine.ts';
import {
  commit,
  configure,
  extend,
  receive,
  reserve,
  resizeBy,
  resizeTo,
  START,
  TTL_MS,
} from '../support/transactions.ts';

const refused = (reason: string) => ({ status: 'refused', refusal: { reason } });
const applied = { status: 'applied' };

function machineWith(...steps: Step[]): BareMachine {
  const machine = new BareMachine();
  expect(machine.apply(configure('A'), receive('A', 9), ...steps)).toMatchObject(applied);
  return machine;
}

test('an extension to the same deadline does not write the hold', () => {
  const machine = machineWith(reserve('h', 'A', 1));
  expect(machine.outcomeOf(extend('h', TTL_MS)).changes.holds).toEqual([]);
  expect(machine.outcomeOf(extend('h', TTL_MS + 1)).changes.holds).toMatchObject([{ key: 'h' }]);
});

test('a hold can be reserved until any time that has not come', () => {
  const until = (time: number): Step => reserve(`until-${time}`, 'A', 1, { until: time });
  const machine = machineWith();
  expect(machine.apply(until(START))).toMatchObject(refused('conflict'));
  expect(machine.apply(until(START + 1))).toMatchObject(applied);
});

test('a hold of an anonymous customer may stay and shrink after its SKU requires a named one', () => {
  const machine = machineWith(reserve('h', 'A', 3), configure('A', { requiresCustomer: true }));
  expect(machine.apply(resizeTo('h', 3, { caps: {} }))).toMatchObject({ ...applied, granted: [0] });
  expect(machine.apply(resizeTo('h', 2, { caps: {} }))).toMatchObject({ ...applied, granted: [-1] });
  expect(machine.apply(resizeBy('h', 1, { caps: {} }))).toMatchObject(refused('customer_required'));
});

test('a limit that came after the sale does not keep an order from more units', () => {
  const machine = machineWith(reserve('h', 'A', 3), commit('h'), configure('A', { limitPerCustomer: 1 }));
  expect(machine.apply(resizeBy('h', 1))).toMatchObject({ ...applied, granted: [1] });
});
