import { describe, expect, test } from 'vitest';
import { checkLinearizable } from './checker.ts';
import { type StockInput, type StockOperation, type StockOutput, stockSpecification } from './stock-specification.ts';

const UNITS = 5;
const reserve = (hold: string, units: number): StockInput => ({ do: 'reserve', hold, units });
const release = (hold: string): StockInput => ({ do: 'release', hold });
const consume = (hold: string): StockInput => ({ do: 'consume', hold });
const level: StockInput = { do: 'level' };
const done: StockOutput = { is: 'done' };
const ended: StockOutput = { is: 'ended' };
const few = (available: number): StockOutput => ({ is: 'insufficient', available });
const shows = (onHand: number, reserved: number): StockOutput => ({ is: 'level', onHand, reserved });
/** A call from `began` to `ended`; with null, its outcome is unknown. */
const call = (began: number, ended: number, input: StockInput, output: StockOutput | null): StockOperation => ({
  input,
  output,
  began,
  ended,
});

const verdict = (...history: StockOperation[]) => checkLinearizable(stockSpecification(UNITS), history).isLinearizable;

describe('accepts', () => {
  test.each<[string, StockOperation[]]>([
    ['an empty history', []],
    [
      'calls one after the other',
      [
        call(0, 1, reserve('a', 3), done),
        call(2, 3, level, shows(5, 3)),
        call(4, 5, consume('a'), done),
        call(6, 7, level, shows(2, 0)),
      ],
    ],
    [
      'a read that overlaps with a write, and is before it',
      [call(0, 9, reserve('a', 3), done), call(1, 2, level, shows(5, 0))],
    ],
    [
      'a read that overlaps with a write, and is after it',
      [call(0, 9, reserve('a', 3), done), call(1, 2, level, shows(5, 3))],
    ],
    [
      'a refusal between two overlapping calls',
      [call(0, 9, reserve('a', 4), done), call(1, 8, reserve('b', 2), few(1)), call(2, 10, release('a'), done)],
    ],
    ['two reserves of which one is refused', [call(0, 5, reserve('a', 4), done), call(0, 5, reserve('b', 4), few(1))]],
    [
      'an unknown reserve that took effect later',
      [call(0, 0, reserve('a', 4), null), call(1, 2, level, shows(5, 0)), call(3, 4, level, shows(5, 4))],
    ],
    [
      'an unknown reserve that never took effect',
      [call(0, 0, reserve('a', 4), null), call(1, 2, reserve('b', 5), done)],
    ],
    [
      'an unknown release that is seen',
      [call(0, 1, reserve('a', 5), done), call(2, 2, release('a'), null), call(3, 4, reserve('b', 5), done)],
    ],
    [
      'a second release that is refused',
      [call(0, 1, reserve('a', 1), done), call(2, 3, release('a'), done), call(4, 5, release('a'), ended)],
    ],
  ])('%s', (_, history) => expect(verdict(...history)).toBe(true));
});

describe('refuses', () => {
  test.each<[string, StockOperation[]]>([
    ['a stale read', [call(0, 1, reserve('a', 3), done), call(2, 3, level, shows(5, 0))]],
    ['a double sale', [call(0, 1, reserve('a', 3), done), call(0, 1, reserve('b', 3), done)]],
    [
      'a second consume',
      [call(0, 1, reserve('a', 2), done), call(2, 3, consume('a'), done), call(4, 5, consume('a'), done)],
    ],
    [
      'a consume after a release',
      [call(0, 1, reserve('a', 2), done), call(2, 9, release('a'), done), call(3, 8, consume('a'), done)],
    ],
    ['a reserve that was lost', [call(0, 1, reserve('a', 2), done), call(2, 3, reserve('b', 5), done)]],
    ['a refusal without a reason', [call(0, 1, reserve('a', 2), few(1))]],
    ['a refusal with a wrong number', [call(0, 1, reserve('a', 3), done), call(2, 3, reserve('b', 3), few(1))]],
    [
      'a release that is refused while the hold lives',
      [call(0, 1, reserve('a', 2), done), call(2, 3, release('a'), ended)],
    ],
    [
      'two reads that go back',
      [call(0, 9, reserve('a', 3), done), call(1, 2, level, shows(5, 3)), call(3, 4, level, shows(5, 0))],
    ],
    [
      'an unknown reserve that took effect before it began',
      [call(1, 2, level, shows(5, 4)), call(3, 3, reserve('a', 4), null)],
    ],
    ['an unknown reserve that took effect twice', [call(0, 0, reserve('a', 2), null), call(1, 2, level, shows(5, 4))]],
  ])('%s', (_, history) => expect(verdict(...history)).toBe(false));
});

test('reports how far it came', () => {
  const history = [call(0, 1, reserve('a', 3), done), call(2, 3, level, shows(5, 3)), call(4, 5, level, shows(5, 0))];
  const found = checkLinearizable(stockSpecification(UNITS), history);
  expect(found).toEqual({ isLinearizable: false, explained: [0, 1], stuckAt: [2] });
});

test('remembers what it has tried: many calls at once, with unknown ones, take few steps', () => {
  const unknown = Array.from({ length: 12 }, (_, n) => call(n, n, reserve(`u${n}`, 1), null));
  const reads = Array.from({ length: 200 }, (_, n) => call(20 + n, 24 + n, level, shows(5, 0)));
  expect(verdict(...unknown, ...reads)).toBe(true);
  const wrong = call(300, 301, level, shows(5, 6));
  expect(verdict(...unknown, ...reads, wrong)).toBe(false);
});
