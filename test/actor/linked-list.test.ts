import { expect, test } from 'vitest';
import { LinkedList, type ListNode } from '../../src/actor/linked-list.ts';

/** Takes all values from the front. A broken list may have no end. */
const drained = <T>(list: LinkedList<T>): (T | undefined)[] =>
  Array.from({ length: Math.min(list.size, 10) }, () => list.shift());

/** Returns the values from the last to the first, by the links between the nodes. */
function backwards<T>(last: ListNode<T> | undefined): T[] {
  const values: T[] = [];
  for (let node = last; node && values.length < 10; node = node.previous) values.push(node.value);
  return values;
}

const before = (value: number) => (other: number) => other <= value;

test('an insert keeps a sorted list sorted, and puts equal values in the order of their arrival', () => {
  const list = new LinkedList<number>();
  for (const value of [5, 2, 9, 5.5, 1, 7]) list.insert(value, before(value));
  expect([list.size, list.first]).toEqual([6, 1]);
  const last = list.insert(10, before(10));
  expect([last.previous?.value, last.next]).toEqual([9, undefined]);
  expect(backwards(last)).toEqual([10, 9, 7, 5.5, 5, 2, 1]);
  expect(drained(list)).toEqual([1, 2, 5, 5.5, 7, 9, 10]);

  const arrivals = new LinkedList<string>();
  for (const value of ['a1', 'b1', 'a2']) arrivals.insert(value, (other) => other.charAt(0) <= value.charAt(0));
  expect(drained(arrivals)).toEqual(['a1', 'a2', 'b1']);
});

test('a removed node leaves the others in their order, wherever it was', () => {
  for (const removed of [0, 1, 2, 3]) {
    const list = new LinkedList<number>();
    const nodes = [list.insert(1, before(1)), list.push(2), list.insert(3, before(3)), list.push(4)];
    const node = nodes[removed]!;
    list.remove(node);
    expect([node.previous, node.next, list.size]).toEqual([undefined, undefined, 3]);
    const left = [1, 2, 3, 4].filter((value) => value !== node.value);
    expect(backwards(list.push(5))).toEqual([5, ...left.toReversed()]);
    expect(drained(list)).toEqual([...left, 5]);
  }
});

test('a list that has become empty is like a new one', () => {
  const list = new LinkedList<string>();
  list.remove(list.push('a'));
  expect([list.size, list.first, list.shift()]).toEqual([0, undefined, undefined]);
  list.insert('b', () => true);
  list.push('c');
  expect([list.first, list.size, drained(list)]).toEqual(['b', 2, ['b', 'c']]);
});
