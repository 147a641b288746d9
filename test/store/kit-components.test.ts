import { expect, test } from 'vitest';
import {
  componentsOf,
  componentsText,
  isComponentsText,
  isPartHold,
  kitHoldOf,
  kitsAvailable,
  partHoldId,
} from '../../src/domain/kits.ts';
import { COMPONENT_UNITS_MAX, COMPONENTS_CHARS_MAX, COMPONENTS_MAX, ID_PATTERN } from '../../src/domain/limits.ts';
import { Columns, MalformedRow } from '../../src/store/columns.ts';

const SET = [
  { sku: 'mug', quantity: 2 },
  { sku: 'box "L"', quantity: 1 },
];

test('reads the components that it has written', () => {
  const components = componentsText(SET);
  expect(componentsOf({ components })).toEqual(SET);
  expect(isComponentsText(components)).toBe(true);
  expect(new Columns([components, null]).componentsOrNull()).toBe(components);
  expect(componentsOf({ components: null })).toBeNull();
});

test('has room for the longest components', () => {
  const longest = Array.from({ length: COMPONENTS_MAX }, (_, index) => ({
    sku: '"'.repeat(126) + String(index).padStart(2, '0'),
    quantity: COMPONENT_UNITS_MAX,
  }));
  expect(isComponentsText(componentsText(longest))).toBe(true);
  expect(componentsText(longest).length).toBeLessThan(COMPONENTS_CHARS_MAX);
});

test.each([
  ['no list', '{}'],
  ['no JSON', '[{'],
  ['no components', '[]'],
  ['too many', JSON.stringify(Array.from({ length: COMPONENTS_MAX + 1 }, (_, n) => ({ sku: `s${n}`, quantity: 1 })))],
  ['a component twice', '[{"sku":"a","quantity":1},{"sku":"a","quantity":2}]'],
  ['no units', '[{"sku":"a","quantity":0}]'],
  ['too many units', `[{"sku":"a","quantity":${COMPONENT_UNITS_MAX + 1}}]`],
  ['a part of a unit', '[{"sku":"a","quantity":1.5}]'],
  ['a location', '[{"sku":"a@berlin","quantity":1}]'],
  ['another order of fields', '[{"quantity":1,"sku":"a"}]'],
  ['another field', '[{"sku":"a","quantity":1,"title":"A"}]'],
  ['blanks', '[{"sku": "a","quantity":1}]'],
  ['null', '[null]'],
  ['null among components', '[{"sku":"a","quantity":1},null]'],
  ['a number as a component', '[1]'],
  ['a number as a SKU', '[{"sku":1,"quantity":1}]'],
  ['a text as a quantity', '[{"sku":"a","quantity":"1"}]'],
])('refuses a text of components with %s', (_, text) => {
  expect(isComponentsText(text)).toBe(false);
  expect(() => new Columns([text]).componentsOrNull()).toThrow(MalformedRow);
});

test('a kit has as many units as its scarcest component gives', () => {
  const units: Record<string, number> = { mug: 9, 'box "L"': 5 };
  expect(kitsAvailable(SET, (sku) => units[sku] ?? 0)).toBe(4);
  expect(kitsAvailable(SET, () => 0)).toBe(0);
});

test('the id of a part hold names the hold of its kit', () => {
  const part = partHoldId('hld_-P74tBMRKLCUAhJu0hM', COMPONENTS_MAX - 1);
  expect(part).toMatch(ID_PATTERN);
  expect([kitHoldOf(part), isPartHold(part)]).toEqual(['hld_-P74tBMRKLCUAhJu0hM', true]);
  expect([kitHoldOf('hld_1'), isPartHold('hld_1')]).toEqual([null, false]);
});
