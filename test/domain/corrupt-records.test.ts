import { expect, test } from 'vitest';
import { runBatch } from '../../src/domain/machine/run-batch.ts';
import type { HoldRecord, StockRecord } from '../../src/domain/records.ts';
import type { Step } from '../../src/domain/steps.ts';
import { APPLY_BOUNDS } from '../../src/store/bounds.ts';
import { BareMachine } from '../support/bare-machine.ts';
import {
  commit,
  configure,
  consume,
  fill,
  fulfil,
  receive,
  release,
  reserve,
  START,
  transaction,
} from '../support/transactions.ts';

interface Corruption {
  stock?: Record<string, Partial<StockRecord> | undefined>;
  holds?: Record<string, Partial<HoldRecord> | undefined>;
}

const changed = <R extends object>(record: R | undefined, changes: Partial<R> | undefined): R | undefined =>
  record && changes && { ...record, ...changes };

/** Runs a step on records of which some are wrong, as after a fault of the disk or of a program. */
function runOn(supply: readonly Step[], { stock = {}, holds = {} }: Corruption, step: Step) {
  const machine = new BareMachine();
  expect(machine.apply(...supply)).toMatchObject({ status: 'applied' });
  const { shelf } = machine;
  const [soundStock, soundHold] = [shelf.stock.bind(shelf), shelf.hold.bind(shelf)];
  shelf.stock = (sku) => (sku in stock ? changed(soundStock(sku), stock[sku]) : soundStock(sku));
  shelf.hold = (id) => (id in holds ? changed(soundHold(id), holds[id]) : soundHold(id));
  const input = { at: START, sequence: 1, transactions: [transaction('t', [step])], bounds: APPLY_BOUNDS };
  const { answers, changes } = runBatch(shelf, input);
  expect([changes.stock, changes.holds, changes.ledger]).toEqual([[], [], []]);
  return answers[0];
}

const failed = (detail: string) => ({ status: 'failed', error: 'internal', detail: `Error: ${detail}` });
const MIXED: Step[] = [
  configure('A', { backorderLimit: 9 }),
  receive('A', 6),
  reserve('h', 'A', 3),
  reserve('sold', 'A', 2),
  commit('sold'),
];
const BACKORDERED: Step[] = [
  configure('A', { backorderLimit: 9 }),
  receive('A', 1),
  reserve('b', 'A', 3),
  receive('A', 4),
];
const KITS: Step[] = [
  configure('A', { backorderLimit: 9 }),
  configure('B'),
  receive('B', 9),
  configure('K', { components: '[{"sku":"A","quantity":1},{"sku":"B","quantity":1}]' }),
  reserve('k', 'K', 2),
  receive('A', 4),
];

test.each<[what: string, supply: Step[], corruption: Corruption, step: Step]>([
  ['reserved', MIXED, { stock: { A: { reserved: 2 } } }, release('h')],
  ['committed', MIXED, { stock: { A: { committed: 1 } } }, fulfil('sold', 2)],
  ['backordered', BACKORDERED, { stock: { A: { backordered: 1 } }, holds: { b: { backordered: 2 } } }, release('b')],
  ['on hand', MIXED, { stock: { A: { onHand: 2 } } }, consume('h')],
  ['on hand for sold ones', MIXED, { stock: { A: { onHand: 1 } } }, release('h')],
])('a step fails whose movement would leave too few units %s', (_, supply, corruption, step) => {
  expect(runOn(supply, corruption, step)).toEqual(failed('counters of A do not add up'));
});

test.each<[what: string, supply: Step[], corruption: Corruption, step: Step, detail: string]>([
  [
    'the SKU of a hold does not exist',
    MIXED,
    { stock: { A: undefined } },
    release('h'),
    'the SKU A of hold h does not exist',
  ],
  ['a part hold does not exist', KITS, { holds: { 'k/1': undefined } }, release('k'), 'hold k has no part of B'],
  ['a part hold has ended', KITS, { holds: { 'k/0': { state: 'released' } } }, release('k'), 'hold k has no part of A'],
  ['a component does not exist', KITS, { stock: { B: undefined } }, release('k'), 'hold k has no part of B'],
  [
    'the hold of a kit does not exist',
    KITS,
    { holds: { k: undefined } },
    fill('k/0', 1, 2),
    "the kit's hold of part hold k/0 does not exist",
  ],
  [
    'the kit of a hold does not exist',
    KITS,
    { stock: { K: undefined } },
    fill('k/0', 1, 2),
    "the kit's hold of part hold k/0 does not exist",
  ],
])('a step fails, and changes nothing, if %s', (_, supply, corruption, step, detail) => {
  expect(runOn(supply, corruption, step)).toEqual(failed(detail));
});
