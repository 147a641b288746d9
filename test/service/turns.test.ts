import { expect, test } from 'vitest';
import { Overloaded } from '../../src/actor/lane-errors.ts';
import { Turns, turnsOf } from '../../src/transact/turns.ts';

test('calls take turns in the order in which they came', () => {
  const turns = new Turns();
  const begun: string[] = [];
  for (const name of ['a', 'b', 'c']) turns.take('cart', () => begun.push(name));
  turns.take('other', () => begun.push('other'));
  expect(begun).toEqual(['a', 'other']);
  turns.end('cart');
  expect(begun).toEqual(['a', 'other', 'b']);
  turns.end('cart');
  turns.end('cart');
  turns.take('cart', () => begun.push('d'));
  expect(begun).toEqual(['a', 'other', 'b', 'c', 'd']);
});

test('64 calls may have a turn or wait for it; the next is refused and changes nothing', () => {
  const turns = new Turns();
  let begun = 0;
  const begin = (): void => {
    begun += 1;
  };
  for (let call = 0; call < 64; call += 1) turns.take('cart', begin);
  expect(() => turns.take('cart', begin)).toThrow(Overloaded);
  for (let call = 0; call < 64; call += 1) turns.end('cart');
  expect(begun).toBe(64);
  turns.take('cart', begin);
  expect(begun).toBe(65);
});

test('all calls take several turns in the same order, each once', () => {
  expect(turnsOf(['b', 'a', 'b'])).toEqual(['a', 'b']);
  expect(turnsOf('a')).toEqual(['a']);
  expect(turnsOf(undefined)).toEqual([]);
});
