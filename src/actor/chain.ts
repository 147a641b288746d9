/** A place in a `Chain`. Holding it is what makes removal from the middle cost O(1). */
export interface Link<T> {
  readonly value: T;
  before: Link<T> | undefined;
  after: Link<T> | undefined;
}

/**
 * A doubly linked list: push at the end, take from the front, remove anywhere, each O(1). An array's `shift` moves
 * everything behind it, and a `Map` used as a queue walks over the keys that were deleted before the first live one.
 */
export class Chain<T> {
  #first: Link<T> | undefined;
  #last: Link<T> | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get first(): T | undefined {
    return this.#first?.value;
  }

  /** Adds `value` at the end and returns its place. */
  push(value: T): Link<T> {
    const link: Link<T> = { value, before: this.#last, after: undefined };
    if (this.#last) this.#last.after = link;
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
  remove(link: Link<T>): void {
    if (link.before) link.before.after = link.after;
    else this.#first = link.after;
    if (link.after) link.after.before = link.before;
    else this.#last = link.before;
    link.before = undefined;
    link.after = undefined;
    this.#size -= 1;
  }
}
