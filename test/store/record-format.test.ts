import { expect, test } from 'vitest';
import { formatProblem, type Migrations, migrationsFrom, RECORD_FORMAT } from '../../src/store/record-format.ts';

/** Names that replace the migrations. */
const MIGRATIONS: Migrations<string> = { 3: '3 to 4', 4: '4 to 5', 6: '6 to 7' };

test.each([
  [5, 5, []],
  ['5', 5, []],
  [4, 5, ['4 to 5']],
  ['3', 5, ['3 to 4', '4 to 5']],
  [2, 5, null],
  [3, 6, null],
  [6, 5, null],
  [undefined, 5, null],
  ['old', 5, null],
])('data of format %s reaches format %i through the migrations %j', (found, format, steps) => {
  expect(migrationsFrom(found, MIGRATIONS, format)).toEqual(steps);
});

test('accepts data that migrations bring to the current format, and refuses other data with its format', () => {
  const older = RECORD_FORMAT - 1;
  expect(formatProblem('the shop', RECORD_FORMAT, {})).toBeNull();
  expect(formatProblem('the shop', older, { [older]: 'there is one' })).toBeNull();
  expect(formatProblem('the shop', older, {})).toContain(`has data of format ${older}, and this version reads format`);
  expect(formatProblem('the shop', RECORD_FORMAT + 1, {})).toContain('a newer version of Holdfast wrote it');
  expect(formatProblem('the shop', null, {})).toContain('format unknown');
});
