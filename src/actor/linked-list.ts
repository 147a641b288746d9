/** A place in a `Chain`. Holding it is what makes removal from the middle cost O(1). */
export interface ListNode<T> {
  readonly value: T;
  previous: ListNode<T> | undefined;
  next: ListNode<T> | undefined;
}

/**
 * A doubly linked list: push at the end, take from the front, remove anywhere, each O(1). An array's `shift` moves
 * everything behind it, and a `Map` used as a queue walks over the keys that were deleted before the first live one.
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

  /** Adds `value` at the end and returns its place. */
  push(value: T): ListNode<T> {
    const link: ListNode<T> = { value, previous: this.#last, next: undefined };
    if (this.#last) this.#last.next = link;
    else this.#first = link;
    this.#last = link;
    this.#size += 1;
    return link;
  }

  /** Takes the first value. */
  shift(): T | undefined {
    const first = this.#first;
    if (!first) return undefined;
    this.remove(first);
    return first.value;
  }

  /** Removes a link, which must be in this chain. */
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
