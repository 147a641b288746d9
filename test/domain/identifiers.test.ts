import { expect, test } from 'vitest';
import { compareMovements, idAfter, idBefore, sequenceOf } from '../../src/domain/movement-ids.ts';
import { compareTexts, isComposed, isSku, isStockKey } from '../../src/domain/skus.ts';
import { locationOf, namesLocation, shownKey, skuOf, stockKey } from '../../src/domain/stock-keys.ts';

test.each([
  ['tee', 'main', 'tee'],
  ['tee', 'berlin', 'tee@berlin'],
  ['a@B', 'berlin', 'a@B@berlin'],
])('the units of %s at %s have the key %s', (sku, location, key) => {
  expect(stockKey(sku, location)).toBe(key);
  expect([skuOf(key), locationOf(key)]).toEqual([sku, location]);
  expect(shownKey(key)).toEqual(location === 'main' ? { sku } : { sku, location });
});

test.each(['tee', '@berlin', 'tee@', 'tee@BERLIN', 'berlin'])('%s is a SKU without a location', (text) => {
  expect(namesLocation(text)).toBe(false);
  expect([skuOf(text), locationOf(text)]).toEqual([text, 'main']);
  expect(shownKey(text)).toEqual({ sku: text });
  expect([isSku(text), isStockKey(text)]).toEqual([true, true]);
});

test('a SKU does not end like a key with a location, which a stock key may', () => {
  expect(namesLocation('tee@berlin')).toBe(true);
  expect([isSku('tee@berlin'), isStockKey('tee@berlin')]).toEqual([false, true]);
  expect([isSku(''), isStockKey(''), isStockKey('tee\n@berlin')]).toEqual([false, false, false]);
});

test('a SKU has its letters and their accents in one character each', () => {
  expect([isComposed('tee'), isComposed('caf\u00e9'), isComposed('cafe\u0301')]).toEqual([true, true, false]);
  expect([isSku('caf\u00e9'), isSku('cafe\u0301')]).toEqual([true, false]);
});

test('texts have the order of their UTF-8 bytes, as in Redis and LMDB', () => {
  const texts = [
    '',
    'A',
    'B',
    'BA',
    'b',
    'b\u00e9',
    'c',
    '\ud7ff',
    '\ue000',
    '\uffff',
    '\u{10000}',
    '\u{1f600}',
    '\u{10fc00}',
    '\u{10ffff}',
  ];
  const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
  for (const a of texts)
    for (const b of texts) expect(Math.sign(compareTexts(a, b)), `${a} and ${b}`).toBe(byBytes(a, b));
});

test('ledger entries are in the order of their transactions, then of their own numbers', () => {
  const ids = ['9-0', '9-2', '9-10', '10-0', '11-3'];
  expect(ids.toReversed().toSorted(compareMovements)).toEqual(ids);
  expect(compareMovements('9-2', '9-2')).toBe(0);
  expect(ids.map(sequenceOf)).toEqual([9, 9, 9, 10, 11]);
});

test('the entry after the id before an entry is the entry itself', () => {
  expect([idBefore('9-2'), idBefore('9-10')]).toEqual(['9-1', '9-9']);
  expect(idBefore('9-0')).toBe(idAfter(8));
  expect(compareMovements(idAfter(8), '8-9999')).toBeGreaterThan(0);
  expect(compareMovements(idAfter(8), '9-0')).toBeLessThan(0);
});
