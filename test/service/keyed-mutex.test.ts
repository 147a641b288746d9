import { expect, test } from 'vitest';
import { Overloaded } from '../../src/actor/batcher-errors.ts';
import { KeyedMutex, lockOrder } from '../../src/transact/keyed-mutex.ts';

test('calls run in the order of their arrival', () => {
  const turns = new KeyedMutex();
  const begun: string[] = [];
  for (const name of ['a', 'b', 'c']) turns.acquire('cart', () => begun.push(name));
  turns.acquire('other', () => begun.push('other'));
  expect(begun).toEqual(['a', 'other']);
  turns.release('cart');
  expect(begun).toEqual(['a', 'other', 'b']);
  turns.release('cart');
  turns.release('cart');
  turns.acquire('cart', () => begun.push('d'));
  expect(begun).toEqual(['a', 'other', 'b', 'c', 'd']);
});

test('64 calls may run or wait; the next one is refused and changes nothing', () => {
  const turns = new KeyedMutex();
  let begun = 0;
  const begin = (): void => {
    begun += 1;
  };
  for (let call = 0; call < 64; call += 1) turns.acquire('cart', begin);
  const full = { queue: 'mailbox', unit: 'items', waiting: 64, limit: 64 } as const;
  expect(() => turns.acquire('cart', begin)).toThrow(new Overloaded(full));
  for (let call = 0; call < 64; call += 1) turns.release('cart');
  expect(begun).toBe(64);
  turns.acquire('cart', begin);
  expect(begun).toBe(65);
});

test('all calls acquire several keys in the same order, each once', () => {
  expect(lockOrder(['b', 'a', 'b'])).toEqual(['a', 'b']);
  expect(lockOrder('a')).toEqual(['a']);
  expect(lockOrder(undefined)).toEqual([]);
});
