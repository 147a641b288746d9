/** A node of a `LinkedList`. A caller that keeps it can remove its value in O(1). */
export interface ListNode<T> {
  readonly value: T;
  previous: ListNode<T> | undefined;
  next: ListNode<T> | undefined;
}

/**
 * A doubly linked list with `push`, `shift` and `remove` in O(1). The `shift` of an array moves all its elements, and a
 * `Map` that is used as a queue iterates over the keys that were deleted before its first live key.
 */
export class LinkedList<T> {
  #first: ListNode<T> | undefined;
  #last: ListNode<T> | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get first(): T | undefined {
    return this.#first?.value;
  }

  /** Adds `value` at the end and returns its node. */
  push(value: T): ListNode<T> {
    const link: ListNode<T> = { value, previous: this.#last, next: undefined };
    if (this.#last) this.#last.next = link;
    else this.#first = link;
    this.#last = link;
    this.#size += 1;
    return link;
  }

  /** Adds `value` after the last value for which `precedes` returns true, and returns its node. */
  insert(value: T, precedes: (other: T) => boolean): ListNode<T> {
    let next: ListNode<T> | undefined;
    let previous = this.#last;
    for (; previous && !precedes(previous.value); previous = previous.previous) next = previous;
    const link: ListNode<T> = { value, previous, next };
    if (previous) previous.next = link;
    else this.#first = link;
    if (next) next.previous = link;
    else this.#last = link;
    this.#size += 1;
    return link;
  }

  shift(): T | undefined {
    const first = this.#first;
    if (!first) return undefined;
    this.remove(first);
    return first.value;
  }

  /** Removes a node, which must be in this list. */
  remove(link: ListNode<T>): void {
    if (link.previous) link.previous.next = link.next;
    else this.#first = link.next;
    if (link.next) link.next.previous = link.previous;
    else this.#last = link.previous;
    link.previous = undefined;
    link.next = undefined;
    this.#size -= 1;
  }
}
