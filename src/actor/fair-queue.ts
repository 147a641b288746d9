import { LinkedList, type ListNode } from './linked-list.ts';

/** Identifies the sender of an item: its client or its connection. Undefined: unknown, or this process. */
export type Party = string | object | undefined;

interface Member<T> {
  readonly party: Party;
  readonly items: LinkedList<T>;
  turn: ListNode<Member<T>> | null;
}

/**
 * A queue that serves its parties in round-robin order, one item each, and the items of one party first in, first out.
 * So the wait of an item depends on the number of parties and on earlier items of its own party, and not on how many
 * items another party has. `push` and `shift` are O(1).
 */
export class FairQueue<T> {
  readonly #members = new Map<Party, Member<T>>();
  readonly #turns = new LinkedList<Member<T>>();
  /** The element at index `n` is the number of parties with more than `n` items. */
  readonly #partiesAbove: number[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The item that `shift` would return. */
  get first(): T | undefined {
    return this.#turns.first?.items.first;
  }

  countOf(party: Party): number {
    return this.#members.get(party)?.items.size ?? 0;
  }

  /** Returns how many items are served before the next one of a party. */
  aheadOf(party: Party): number {
    return this.aheadIn(this.countOf(party) + 1);
  }

  /** Returns how many items are served in the next rounds. */
  aheadIn(rounds: number): number {
    let ahead = 0;
    for (let round = 0; round < rounds; round += 1) {
      const parties = this.#partiesAbove[round] ?? 0;
      if (parties === 0) break;
      ahead += parties;
    }
    return ahead;
  }

  push(party: Party, item: T): void {
    let member = this.#members.get(party);
    if (!member) this.#members.set(party, (member = { party, items: new LinkedList(), turn: null }));
    member.turn ??= this.#turns.push(member);
    const above = member.items.size;
    this.#partiesAbove[above] = (this.#partiesAbove[above] ?? 0) + 1;
    member.items.push(item);
    this.#size += 1;
  }

  /** Removes and returns the first item of the next party, which moves to the end of the round. */
  shift(): T | undefined {
    const member = this.#turns.first;
    if (!member?.turn) return undefined;
    const item = this.#takeFrom(member);
    if (member.turn) {
      this.#turns.remove(member.turn);
      member.turn = this.#turns.push(member);
    }
    return item;
  }

  /** Removes and returns the first item of a party, which keeps its turn. */
  shiftOf(party: Party): T | undefined {
    const member = this.#members.get(party);
    return member && this.#takeFrom(member);
  }

  #takeFrom(member: Member<T>): T | undefined {
    const item = member.items.shift();
    const above = member.items.size;
    this.#partiesAbove[above] = (this.#partiesAbove[above] ?? 1) - 1;
    this.#size -= 1;
    if (above === 0 && member.turn) {
      this.#turns.remove(member.turn);
      member.turn = null;
      this.#members.delete(member.party);
    }
    return item;
  }
}
