import type { Party } from './fair-queue.ts';
import { LinkedList, type ListNode } from './linked-list.ts';
import { Mailbox } from './mailbox.ts';
import type { BatcherLimits } from './batcher-limits.ts';

/** The properties of an item that the queues read. */
export interface Queued {
  /** The SKU in whose mailbox it waits; null for the shop queue. */
  readonly address: string | null;
  readonly bytes: number;
  /** The sender of the item. */
  readonly party?: Party;
}

/** The bound that was reached, so that an item was refused. */
export interface QueueFull {
  readonly queue: 'mailbox' | "party's share of a mailbox" | 'all mailboxes' | 'shop queue';
  readonly unit: 'items' | 'bytes';
  readonly waiting: number;
  readonly limit: number;
}

type QueueLimits = Pick<
  BatcherLimits,
  'mailboxItemsMax' | 'mailboxPartyMax' | 'mailboxesItemsMax' | 'shopQueueItemsMax' | 'queueBytesMax'
>;

/** A mailbox that is full to at least this share is crowded: it bounds the items of each party. */
const CROWDED_SHARE = 0.5;

/**
 * An item's node in the list of all waiting items. Mailboxes keep it, so that an item can be removed from both lists.
 */
type QueueNode<T> = ListNode<T>;

interface Actor<T extends Queued> {
  mailbox: Mailbox<QueueNode<T>>;
  turn: ListNode<string>;
}

/**
 * The shop queue and one mailbox for each address (SKU) with waiting items. Mailboxes are served in round-robin order,
 * one item at a time; an empty mailbox is removed. The items of one party in a queue are first in, first out; no other
 * order is guaranteed. Every operation is O(1) for any number of addresses.
 */
export class Queues<T extends Queued> {
  readonly #limits: QueueLimits;
  readonly #shopQueue = new LinkedList<QueueNode<T>>();
  readonly #actors = new Map<string, Actor<T>>();
  readonly #turns = new LinkedList<string>();
  /** All items, oldest first. The oldest item is also the first of its party in its queue. */
  readonly #arrivals = new LinkedList<T>();
  #shopBytes = 0;
  #mailboxBytes = 0;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#arrivals.size;
  }

  get shopItems(): number {
    return this.#shopQueue.size;
  }

  get mailboxItems(): number {
    return this.#arrivals.size - this.#shopQueue.size;
  }

  get mailboxes(): number {
    return this.#actors.size;
  }

  /**
   * Adds `item` at the end of its queue and returns null. If a bound is reached, changes nothing and returns that
   * bound.
   */
  offer(item: T): QueueFull | null {
    const { address } = item;
    const full = address === null ? this.#shopQueueFull() : this.#mailboxFull(address, item.party);
    if (full) return full;
    const arrival = this.#arrivals.push(item);
    if (address === null) {
      this.#shopQueue.push(arrival);
      this.#shopBytes += item.bytes;
    } else {
      const actor = this.#actors.get(address) ?? this.#openMailbox(address);
      actor.mailbox.push(arrival);
      this.#mailboxBytes += item.bytes;
    }
    return null;
  }

  /** Returns the first item of the shop queue without removing it. */
  peekShop(): T | undefined {
    return this.#shopQueue.first?.value;
  }

  takeShop(): T | undefined {
    const arrival = this.#shopQueue.shift();
    if (!arrival) return undefined;
    this.#arrivals.remove(arrival);
    this.#shopBytes -= arrival.value.bytes;
    return arrival.value;
  }

  /** Returns the first item of the next mailbox in round-robin order without removing it. */
  peekTurn(): T | undefined {
    return this.#actorInTurn()?.mailbox.first?.value;
  }

  /** Removes and returns the item that `peekTurn` returns. Its mailbox moves to the end of the round. */
  takeTurn(): T | undefined {
    const actor = this.#actorInTurn();
    if (!actor) return undefined;
    const item = this.#taken(actor, actor.mailbox.shift());
    if (actor.mailbox.size > 0) {
      this.#turns.remove(actor.turn);
      actor.turn = this.#turns.push(actor.turn.value);
    }
    return item;
  }

  /** Returns the item that has waited longest without removing it. */
  peekOldest(): T | undefined {
    return this.#arrivals.first;
  }

  takeOldest(): T | undefined {
    const oldest = this.#arrivals.first;
    if (!oldest) return undefined;
    if (oldest.address === null) return this.takeShop();
    const actor = this.#actors.get(oldest.address);
    return actor && this.#taken(actor, actor.mailbox.shiftOf(oldest.party));
  }

  #actorInTurn(): Actor<T> | undefined {
    const address = this.#turns.first;
    return address === undefined ? undefined : this.#actors.get(address);
  }

  #openMailbox(address: string): Actor<T> {
    const actor = { mailbox: new Mailbox<QueueNode<T>>(), turn: this.#turns.push(address) };
    this.#actors.set(address, actor);
    return actor;
  }

  /** Completes the removal of an item from a mailbox. */
  #taken(actor: Actor<T>, arrival: QueueNode<T> | undefined): T | undefined {
    if (!arrival) return undefined;
    this.#arrivals.remove(arrival);
    this.#mailboxBytes -= arrival.value.bytes;
    if (actor.mailbox.size === 0) {
      this.#turns.remove(actor.turn);
      this.#actors.delete(actor.turn.value);
    }
    return arrival.value;
  }

  #shopQueueFull(): QueueFull | null {
    const { shopQueueItemsMax, queueBytesMax } = this.#limits;
    return (
      fullAt('shop queue', 'items', this.shopItems, shopQueueItemsMax) ??
      fullAt('shop queue', 'bytes', this.#shopBytes, queueBytesMax)
    );
  }

  #mailboxFull(address: string, party: Party): QueueFull | null {
    const { mailboxItemsMax, mailboxesItemsMax, queueBytesMax } = this.#limits;
    const mailbox = this.#actors.get(address)?.mailbox;
    return (
      fullAt('mailbox', 'items', mailbox?.size ?? 0, mailboxItemsMax) ??
      this.#shareFull(mailbox, party) ??
      fullAt('all mailboxes', 'items', this.mailboxItems, mailboxesItemsMax) ??
      fullAt('all mailboxes', 'bytes', this.#mailboxBytes, queueBytesMax)
    );
  }

  /** In a crowded mailbox, each known party has a share, so that room is left for others. */
  #shareFull(mailbox: Mailbox<QueueNode<T>> | undefined, party: Party): QueueFull | null {
    const { mailboxItemsMax, mailboxPartyMax } = this.#limits;
    if (!mailbox || party === undefined || mailbox.size < mailboxItemsMax * CROWDED_SHARE) return null;
    return fullAt("party's share of a mailbox", 'items', mailbox.countOf(party), mailboxPartyMax);
  }
}

function fullAt(queue: QueueFull['queue'], unit: QueueFull['unit'], waiting: number, limit: number): QueueFull | null {
  return waiting >= limit ? { queue, unit, waiting, limit } : null;
}
