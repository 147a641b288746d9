import { expect, test } from 'vitest';
import { jsonString, jsonStrings, jsonStringOrNull } from '../../src/domain/json-text.ts';

/** All of ASCII, and every sixteenth of the other UTF-16 code units. */
const UNITS = Array.from({ length: 2 ** 12 }, (_, index) => (index < 256 ? index : index * 16 + (index % 16)));

test('writes texts exactly as JSON.stringify does', () => {
  for (const text of [
    '',
    'crt_a-b',
    '"',
    '\\',
    'Läden ☕',
    '😀',
    ...UNITS.map((unit) => `a${String.fromCharCode(unit)}b`),
  ]) {
    if (jsonString(text) !== JSON.stringify(text)) expect.fail(`${JSON.stringify(text)} as ${jsonString(text)}`);
  }
  expect(jsonStringOrNull(null)).toBe('null');
  expect(jsonStringOrNull('a"')).toBe(JSON.stringify('a"'));
  expect(jsonStrings(['a', '"', ''])).toBe(JSON.stringify(['a', '"', '']));
  expect(jsonStrings([])).toBe('[]');
});
