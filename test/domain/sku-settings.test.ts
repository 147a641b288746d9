import { expect, test } from 'vitest';
import { isSamePrice } from '../../src/domain/money.ts';
import {
  forEachSetting,
  givenSettings,
  hasSettings,
  INITIAL_SETTINGS,
  isSameSetting,
  localSettings,
  plainSettingsOf,
  sameSettings,
  SETTING_NAMES,
  type SettingsChange,
  sharedSettings,
  type SkuSettings,
  skuSettingsOf,
} from '../../src/domain/sku-settings.ts';

const EURO = { amount: 100, currency: 'EUR' };
const SET: SkuSettings = {
  title: 'Tee',
  unitPrice: EURO,
  safetyStock: 1,
  limitPerCustomer: 2,
  holdUnitsMax: 3,
  requiresCustomer: true,
  protected: true,
  backorderLimit: 4,
  shipsAt: 5,
  inKits: true,
  components: '[{"sku":"a","quantity":1}]',
};
const { inKits: _inKits, components: _components, ...PLAIN } = SET;

test('a new SKU has no title, price, limits and protection', () => {
  expect(INITIAL_SETTINGS).toEqual({
    title: null,
    unitPrice: null,
    safetyStock: 0,
    limitPerCustomer: null,
    holdUnitsMax: null,
    requiresCustomer: false,
    protected: false,
    backorderLimit: null,
    shipsAt: null,
    inKits: false,
    components: null,
  });
});

test('the settings of a record are its settings alone', () => {
  const record = { ...SET, sku: 'tee', onHand: 5 };
  expect(skuSettingsOf(record)).toEqual(SET);
  expect(plainSettingsOf(record)).toEqual(PLAIN);
  expect(forEachSetting((name) => name)).toEqual(Object.fromEntries(SETTING_NAMES.map((name) => [name, name])));
});

test('safety stock, backorders and their date are of a location, and the others of the SKU', () => {
  const { safetyStock, backorderLimit, shipsAt, ...shared } = SET;
  expect(localSettings(SET)).toEqual({ safetyStock, backorderLimit, shipsAt });
  expect(sharedSettings(SET)).toEqual(shared);
});

test('a change sets what it gives, which may be null', () => {
  expect(givenSettings({ title: null, safetyStock: 0, limitPerCustomer: undefined })).toEqual({
    title: null,
    safetyStock: 0,
  });
  expect(givenSettings({})).toEqual({});
});

const OTHERS: SkuSettings = {
  title: null,
  unitPrice: { ...EURO, currency: 'USD' },
  safetyStock: 2,
  limitPerCustomer: null,
  holdUnitsMax: 4,
  requiresCustomer: false,
  protected: false,
  backorderLimit: null,
  shipsAt: 6,
  inKits: false,
  components: null,
};

test.each(SETTING_NAMES)('settings that differ in %s are not the same', (name) => {
  const changed = { ...SET, [name]: OTHERS[name] };
  expect([sameSettings(SET, changed), sameSettings(changed, SET)]).toEqual([false, false]);
  expect(hasSettings(SET, { [name]: OTHERS[name] } as SettingsChange)).toBe(false);
  expect(hasSettings(SET, { [name]: SET[name] } as SettingsChange)).toBe(true);
});

test('equal settings are the same, in records of their own', () => {
  expect(sameSettings(SET, structuredClone(SET))).toBe(true);
  expect(hasSettings(SET, structuredClone(SET))).toBe(true);
  expect(hasSettings(SET, {})).toBe(true);
  expect(hasSettings(SET, { title: 'Tee', safetyStock: 9 })).toBe(false);
});

test('a price is the same if its amount and its currency are', () => {
  const pairs = [
    [null, null, true],
    [EURO, EURO, true],
    [EURO, { ...EURO }, true],
    [EURO, { ...EURO, amount: 101 }, false],
    [EURO, { ...EURO, currency: 'USD' }, false],
    [EURO, null, false],
    [null, EURO, false],
  ] as const;
  for (const [one, other, expected] of pairs) {
    expect([isSamePrice(one, other), isSameSetting(one, other)]).toEqual([expected, expected]);
  }
  expect([isSameSetting(EURO, 'text'), isSameSetting('text', EURO), isSameSetting(1, 2)]).toEqual([
    false,
    false,
    false,
  ]);
});
