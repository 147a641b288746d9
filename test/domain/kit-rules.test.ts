import { expect, test } from 'vitest';
import type { Step } from '../../src/domain/steps.ts';
import { BareMachine } from '../support/bare-machine.ts';
import {
  commit,
  configure,
  consume,
  count,
  fill,
  giveBack,
  receive,
  release,
  reserve,
  resizeBy,
  resizeTo,
  transfer,
} from '../support/transactions.ts';

const refused = (reason: string) => ({ status: 'refused', refusal: { reason } });
const applied = { status: 'applied' };

/** BOX has six of BOTTLE and one CRATE, of each of which there are many. */
function machineWith(...steps: Step[]): BareMachine {
  const machine = new BareMachine();
  const box = '[{"sku":"BOTTLE","quantity":6},{"sku":"CRATE","quantity":1}]';
  const supply = [configure('BOTTLE'), receive('BOTTLE', 60), configure('CRATE'), receive('CRATE', 10)];
  expect(machine.apply(...supply, configure('BOX', { components: box }), ...steps)).toMatchObject(applied);
  return machine;
}

const kinds = (machine: BareMachine, from: number): string[] =>
  machine.ledger.slice(from).map((entry) => (entry.kind === 'document' ? 'document' : `${entry.kind} ${entry.sku}`));

test('a component that became protected admits more kits of a hold, and no new hold', () => {
  const machine = machineWith(reserve('k', 'BOX', 1, { caps: {} }), configure('BOTTLE', { protected: true }));
  expect(machine.apply(resizeBy('k', 1, { caps: {} }))).toMatchObject(applied);
  expect(machine.apply(reserve('new', 'BOX', 1, { caps: {} }))).toMatchObject(refused('admission_required'));
  expect(machine.apply(reserve('new', 'BOX', 1, { caps: { admitted: true } }))).toMatchObject(applied);
});

test('a new limit of a component counts the units that a hold of kits has already', () => {
  const machine = machineWith(reserve('k', 'BOX', 2), configure('BOTTLE', { limitPerCustomer: 17 }));
  expect(machine.apply(resizeBy('k', 1))).toMatchObject({
    ...refused('limit_exceeded'),
    refusal: { meta: { sku: 'BOTTLE', limit: 17, already: 12 } },
  });
});

test('a new cap of a component counts the units that a hold of kits has already', () => {
  const machine = machineWith(reserve('k', 'BOX', 2, { caps: {} }), configure('BOTTLE', { holdUnitsMax: 17 }));
  expect(machine.apply(resizeBy('k', 1, { caps: {} }))).toMatchObject({
    ...refused('hold_cap'),
    refusal: { meta: { sku: 'BOTTLE', limit: 17, held: 12 } },
  });
});

test('the cap of a component is for steps with caps', () => {
  const machine = machineWith(configure('BOTTLE', { holdUnitsMax: 5 }));
  expect(machine.apply(reserve('k', 'BOX', 1, { caps: {} }))).toMatchObject(refused('hold_cap'));
  expect(machine.apply(reserve('k', 'BOX', 1))).toMatchObject({ ...applied, granted: [1] });
  expect(machine.apply(resizeBy('k', 1))).toMatchObject(applied);
  expect(machine.apply(transfer('k', 'cart:2', { toCustomer: 'guest:2' }))).toMatchObject(applied);
});

test('the cap of the shop counts kits and not their components', () => {
  const caps = { unitsMax: 2 };
  const machine = machineWith(reserve('k', 'BOX', 2, { caps }));
  expect(machine.apply(transfer('k', 'cart:2', { toCustomer: 'guest:2', caps }))).toMatchObject(applied);
  expect(machine.apply(resizeBy('k', 1, { caps }))).toMatchObject(refused('hold_cap'));
});

test('a transfer to another customer reaches a cap, and does not pass it', () => {
  const machine = machineWith(configure('A', { holdUnitsMax: 3 }), receive('A', 9));
  machine.apply(reserve('a', 'A', 2, { caps: {} }), reserve('b', 'A', 1, { customer: 'guest:2', caps: {} }));
  const toOther = transfer('a', 'cart:2', { toCustomer: 'guest:2' });
  expect(machine.apply({ ...toOther, caps: {} })).toMatchObject(applied);
  machine.apply(reserve('c', 'A', 1, { caps: {} }));
  const one = transfer('c', 'cart:2', { toCustomer: 'guest:2' });
  expect(machine.apply({ ...one, caps: {} })).toMatchObject(refused('hold_cap'));
  expect(machine.apply(one)).toMatchObject(applied);
});

const GLASSES = '[{"sku":"GLASS","quantity":1},{"sku":"CRATE","quantity":1}]';
const scarce = (...steps: Step[]) =>
  machineWith(
    configure('GLASS', { backorderLimit: 9 }),
    receive('GLASS', 1),
    configure('GLASSES', { components: GLASSES }),
    ...steps,
  );

test('a kit that waits for all its components was not assembled, and is not given up', () => {
  const machine = scarce(reserve('first', 'GLASSES', 1));
  const before = machine.ledger.length;
  expect(machine.apply(reserve('k', 'GLASSES', 2))).toMatchObject({ ...applied, backordered: [2] });
  expect(machine.apply(release('k'))).toMatchObject(applied);
  expect(kinds(machine, before)).toEqual([
    'reserved GLASS',
    'reserved CRATE',
    'reserved GLASSES',
    'released GLASSES',
    'released GLASS',
    'released CRATE',
  ]);
});

test('a kit is filled when the last component that it waits for has come', () => {
  const machine = scarce(configure('CRATE', { backorderLimit: 9 }), reserve('many', 'CRATE', 9));
  expect(machine.apply(reserve('k', 'GLASSES', 2))).toMatchObject({ ...applied, backordered: [1] });
  machine.apply(receive('GLASS', 5), receive('CRATE', 5));
  const before = machine.ledger.length;
  expect(machine.apply(fill('k/0', 1, 1))).toMatchObject(applied);
  expect(kinds(machine, before)).toEqual(['filled GLASS']);
  expect(machine.shelf.hold('k')).toMatchObject({ backordered: 1 });
  expect(machine.apply(fill('k/1', 1, 1))).toMatchObject(applied);
  expect(kinds(machine, before + 1)).toEqual(['filled CRATE', 'assembled GLASSES', 'filled GLASSES']);
  expect(machine.shelf.hold('k')).toMatchObject({ backordered: 0 });
});

test('a kit has on hand what its holds have assembled, while they grow and shrink', () => {
  const machine = scarce(receive('GLASS', 2), reserve('k', 'GLASSES', 2));
  const kits = () => machine.shelf.stock('GLASSES');
  expect(kits()).toMatchObject({ onHand: 2, reserved: 2, backordered: 0 });
  expect(machine.apply(resizeBy('k', 3))).toMatchObject({ ...applied, backordered: [2] });
  expect(kits()).toMatchObject({ onHand: 3, reserved: 5, backordered: 2 });
  expect(machine.apply(resizeTo('k', 4))).toMatchObject({ ...applied, backordered: [1] });
  expect(kits()).toMatchObject({ onHand: 3, reserved: 4, backordered: 1 });
  expect(machine.apply(resizeTo('k', 1))).toMatchObject(applied);
  expect(kits()).toMatchObject({ onHand: 1, reserved: 1, backordered: 0 });
});

test('a SKU becomes a kit only without units, whether they are on hand, reserved or sold', () => {
  const asKit = (sku: string) => configure(sku, { components: '[{"sku":"BOTTLE","quantity":1}]' });
  const soon = { backorderLimit: 9 };
  const machine = machineWith(...['ON_HAND', 'RESERVED', 'SOLD', 'NEW', 'GONE'].map((sku) => configure(sku, soon)));
  machine.apply(receive('ON_HAND', 1), reserve('r', 'RESERVED', 1), reserve('s', 'SOLD', 1), commit('s'));
  machine.apply(receive('GONE', 1), count('GONE', 0));
  for (const sku of ['ON_HAND', 'RESERVED', 'SOLD'])
    expect(machine.apply(asKit(sku))).toMatchObject(refused('kit_in_use'));
  for (const sku of ['NEW', 'GONE']) expect(machine.apply(asKit(sku))).toMatchObject(applied);
});

test('a return of a kit expects the backordered units of its components', () => {
  const machine = scarce(receive('GLASS', 2), reserve('k', 'GLASSES', 2), consume('k'), reserve('w', 'GLASS', 4));
  const back = (backordered: number) => giveBack('GLASSES', 1, { backordered });
  expect(machine.apply(back(0))).toMatchObject(refused('conflict'));
  expect(machine.apply(back(3))).toMatchObject(applied);
});

test('a return of a kit counts for a customer only the components that count', () => {
  const machine = machineWith(
    configure('CRATE', { limitPerCustomer: 5 }),
    configure('BOTTLE', { limitPerCustomer: 60 }),
    reserve('k', 'BOX', 2),
    consume('k'),
    configure('BOTTLE', { limitPerCustomer: null }),
  );
  expect(machine.shelf.countsOf('guest')).toEqual({ 'guest:1 BOTTLE': 12, 'guest:1 CRATE': 2 });
  machine.apply(giveBack('BOX', 1, { customer: 'guest:1' }));
  expect(machine.shelf.countsOf('guest')).toEqual({ 'guest:1 BOTTLE': 12, 'guest:1 CRATE': 1 });
});
