import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  plainState,
  type StockEventKind,
  type StockState,
  stepStock,
} from '../../src/shop/webhook/stock-hysteresis.ts';
import { replayable } from '../support/seed.ts';

type Row = [
  state: StockState,
  available: number,
  by: 'supply' | 'holds',
  next: StockState,
  event: StockEventKind | null,
];

const ROWS: Row[] = [
  ['ok', 11, 'holds', 'ok', null],
  ['ok', 6, 'holds', 'ok', null],
  ['ok', 5, 'holds', 'low', 'stock.low'],
  ['ok', 1, 'holds', 'low', 'stock.low'],
  ['ok', 0, 'holds', 'out', 'stock.out'],
  ['low', 5, 'holds', 'low', null],
  ['low', 6, 'holds', 'low', null],
  ['low', 10, 'holds', 'low', null],
  ['low', 11, 'holds', 'ok', null],
  ['low', 10, 'supply', 'low', null],
  ['low', 11, 'supply', 'ok', null],
  ['low', 0, 'holds', 'out', 'stock.out'],
  ['out', 0, 'holds', 'out', null],
  ['out', 0, 'supply', 'out', null],
  ['out', 1, 'holds', 'out', null],
  ['out', 5, 'holds', 'out', null],
  ['out', 6, 'holds', 'ok', 'stock.back_in_stock'],
  ['out', 1, 'supply', 'low', 'stock.back_in_stock'],
  ['out', 6, 'supply', 'ok', 'stock.back_in_stock'],
];

describe('with five low units', () => {
  test.each(ROWS)('%s, %i by %s', (state, available, by, next, event) => {
    expect(stepStock(state, { available, isSupply: by === 'supply' }, 5)).toEqual({ state: next, event });
  });
});

const NONE_LOW: Row[] = [
  ['ok', 1, 'holds', 'ok', null],
  ['ok', 0, 'holds', 'out', 'stock.out'],
  ['out', 1, 'holds', 'out', null],
  ['out', 2, 'holds', 'ok', 'stock.back_in_stock'],
  ['out', 1, 'supply', 'ok', 'stock.back_in_stock'],
];

describe('with zero low units', () => {
  test.each(NONE_LOW)('%s, %i by %s', (state, available, by, next, event) => {
    expect(stepStock(state, { available, isSupply: by === 'supply' }, 0)).toEqual({ state: next, event });
  });
});

test('repeats an event only after a rise since the last one of its kind', () => {
  const change = fc.record({ available: fc.integer({ min: 0, max: 40 }), isSupply: fc.boolean() });
  const walk = fc.tuple(
    fc.integer({ min: 0, max: 10 }),
    fc.integer({ min: 0, max: 40 }),
    fc.array(change, { maxLength: 60 }),
  );
  const property = fc.property(walk, ([lowUnits, start, changes]) => {
    let state = plainState(start, lowUnits);
    let sent: StockEventKind | null = state === 'out' ? 'stock.out' : null;
    let highest = start;
    for (const each of changes) {
      const { state: next, event } = stepStock(state, each, lowUnits);
      highest = Math.max(highest, each.available);
      // Each event matches the level.
      expect(event !== 'stock.out' || each.available === 0).toBe(true);
      expect(event !== 'stock.low' || (each.available > 0 && each.available <= lowUnits)).toBe(true);
      expect(event !== 'stock.back_in_stock' || each.available > 0).toBe(true);
      // stock.out and stock.back_in_stock alternate, so that no receiver believes in stock that does not exist.
      if (event === 'stock.back_in_stock') expect(sent).toBe('stock.out');
      if (event === 'stock.out') expect(sent).not.toBe('stock.out');
      if (event === 'stock.low' && sent === 'stock.low') expect(highest).toBeGreaterThan(2 * lowUnits);
      if (event === 'stock.back_in_stock' && !each.isSupply)
        expect(each.available).toBeGreaterThan(Math.max(1, lowUnits));
      if (each.available === 0) expect(next).toBe('out');
      if (event !== null) [sent, highest] = [event, each.available];
      state = next;
    }
  });
  fc.assert(property, { numRuns: 2_000, ...replayable() });
});
