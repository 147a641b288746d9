import { expect, test } from 'vitest';
import {
  bodyCheck,
  booleanCheck,
  capsCheck,
  type FieldCheck,
  forgetCheck,
  idCheck,
  integer,
  isOneOf,
  resizeCheck,
  settingsCheck,
  skuCheck,
  skuSettingCheck,
  textCheck,
  versionCheck,
} from '../../src/domain/machine/checks.ts';
import { checksOf } from '../../src/domain/machine/step-table.ts';
import { INITIAL_SETTINGS, SKU_SETTINGS } from '../../src/domain/sku-settings.ts';

const SOLD = { sku: 'A', customer: 'guest:1', quantity: 1 };
const COMPONENTS = '[{"sku":"A","quantity":1}]';
const onHandOnly = checksOf('reserve')?.find(([field]) => field === 'onHandOnly')?.[1] ?? null;

/** Callers may be programs in any language, so a field can have a value of any type. */
const TABLE: [what: string, check: FieldCheck, valid: unknown[], invalid: unknown[]][] = [
  ['a whole number', integer(-2, 2), [-2, 0, 2], [-3, 3, -0, 0.5, Number.NaN, '1', null, undefined]],
  ['a number above 0', integer(1, 2), [1, 2], [0, 3]],
  ['an id', idCheck, ['a', 'x'.repeat(128)], ['', 'a b', 'x'.repeat(129), 7, null, undefined, ['a']]],
  ['a SKU', skuCheck, ['A', 'A@berlin'], ['', 7, null, undefined, ['A']]],
  ['a text', textCheck, ['', 'x'.repeat(255)], ['x'.repeat(256), '\ud800', 7, null, undefined]],
  ['a body', bodyCheck, ['', 'x'.repeat(300)], ['\ud800', '\u00e9'.repeat(131_073), 7, null, undefined]],
  ['a word', isOneOf('one', 'two'), ['one', 'two'], ['three', '', 1, null, undefined, ['one']]],
  ['a flag', booleanCheck, [true, false], [0, 1, 'true', null, undefined]],
  ['a flag that is only set', onHandOnly as FieldCheck, [true, undefined], [false, 1, null]],
  ['components', skuSettingCheck(SKU_SETTINGS.components), [COMPONENTS, null], ['', '[]', 7, [COMPONENTS], {}]],
  ['a version', versionCheck, [1, 'absent', 'present', 'any'], [0, -1, 'some', null, undefined]],
  [
    'settings that are expected',
    settingsCheck,
    ['absent', {}, { title: 'Tee' }, INITIAL_SETTINGS],
    ['present', null, undefined, 7, { title: 7 }, { ...INITIAL_SETTINGS, safetyStock: -1 }],
  ],
  [
    'caps',
    capsCheck,
    [
      {},
      { unitsMax: 1, clientPercent: 1, clientResting: 0, heldElsewhere: 0, onHandElsewhere: 0, admitted: false },
      { clientPercent: 100, admitted: true },
    ],
    [
      null,
      undefined,
      'caps',
      { unitsMax: 0 },
      { clientPercent: 0 },
      { clientPercent: 101 },
      { clientResting: -1 },
      { heldElsewhere: -1 },
      { onHandElsewhere: -1 },
      { admitted: 1 },
    ],
  ],
  [
    'a change of units',
    resizeCheck,
    [{ to: 1 }, { by: { min: 1, want: 1 } }, { by: { min: 1, want: 2 } }],
    [
      null,
      undefined,
      1,
      {},
      { to: 0 },
      { to: 0, by: { min: 1, want: 1 } },
      { by: 1 },
      { by: null },
      { by: { min: 2, want: 1 } },
      { by: { min: 0, want: 1 } },
    ],
  ],
  [
    'sold units',
    forgetCheck,
    [SOLD],
    [null, undefined, 'A', { ...SOLD, sku: '' }, { ...SOLD, customer: 'held:1' }, { ...SOLD, quantity: 0 }],
  ],
];

test.each(TABLE)('%s is valid only within its type and bounds', (_, check, valid, invalid) => {
  expect(valid.filter((value) => !check(value))).toEqual([]);
  expect(invalid.filter((value) => check(value))).toEqual([]);
});

test('the fields of a step that does not exist have no checks', () => {
  expect([checksOf('explode'), checksOf('toString')]).toEqual([undefined, undefined]);
});
