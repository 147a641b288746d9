import { expect, test } from 'vitest';
import { quoted, quotedList, quotedOrNull } from '../../src/domain/json-text.ts';

/** All of ASCII, and a sixteenth of all other units. */
const UNITS = Array.from({ length: 2 ** 12 }, (_, index) => (index < 256 ? index : index * 16 + (index % 16)));

test('texts are written as JSON.stringify writes them, whatever is in them', () => {
  for (const text of [
    '',
    'crt_a-b',
    '"',
    '\\',
    'Läden ☕',
    '😀',
    ...UNITS.map((unit) => `a${String.fromCharCode(unit)}b`),
  ]) {
    if (quoted(text) !== JSON.stringify(text)) expect.fail(`${JSON.stringify(text)} as ${quoted(text)}`);
  }
  expect(quotedOrNull(null)).toBe('null');
  expect(quotedOrNull('a"')).toBe(JSON.stringify('a"'));
  expect(quotedList(['a', '"', ''])).toBe(JSON.stringify(['a', '"', '']));
  expect(quotedList([])).toBe('[]');
});
