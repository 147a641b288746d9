import { expect, test } from 'vitest';
import { FilteredMap, numberOf } from '../../src/store/filtered-map.ts';

test('has what a map has, with few names and with many', () => {
  const [filtered, plain] = [new FilteredMap<number>(), new Map<string, number>()];
  const names = Array.from(
    { length: 5_000 },
    (_, n) => `crt_${((n * 2_654_435_761) % 2 ** 32).toString(36)}-${n}-aaaaaaaa`,
  );
  for (const [n, name] of names.entries()) {
    if (n % 2 === 0) {
      filtered.set(name, numberOf(name), n);
      plain.set(name, n);
    }
    if (n % 10 === 0) {
      filtered.delete(name);
      plain.delete(name);
    }
  }
  expect(filtered.size).toBe(plain.size);
  expect(names.map((name) => filtered.get(name, numberOf(name)))).toEqual(names.map((name) => plain.get(name)));
});
