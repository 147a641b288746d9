import { LinkedList, type ListNode } from './linked-list.ts';
import type { BatcherLimits } from './batcher-limits.ts';

/** What the queues need to know of an item. */
export interface Queued {
  /** The SKU in whose mailbox it waits; null: the shop's own queue. */
  readonly address: string | null;
  readonly bytes: number;
}

/** Why an item was not taken in: the bound that was met. */
export interface QueueFull {
  readonly queue: 'mailbox' | 'all mailboxes' | 'shop queue';
  readonly unit: 'items' | 'bytes';
  readonly waiting: number;
  readonly limit: number;
}

type QueueLimits = Pick<BatcherLimits, 'mailboxItemsMax' | 'mailboxesItemsMax' | 'shopQueueItemsMax' | 'queueBytesMax'>;

/** An item's place among everything that waits; the mailboxes hold these, so that taking an item leaves both. */
type QueueNode<T> = ListNode<T>;

interface Actor<T> {
  mailbox: LinkedList<QueueNode<T>>;
  turn: ListNode<string>;
}

/**
 * The shop's own queue and one mailbox for each address (SKU) that has something waiting. Mailboxes take turns, one
 * item a turn; an empty one goes away. Each queue is first in, first out; nothing is promised between queues. Every
 * operation is O(1), however many addresses wait.
 */
export class Queues<T extends Queued> {
  readonly #limits: QueueLimits;
  readonly #shopQueue = new LinkedList<QueueNode<T>>();
  readonly #actors = new Map<string, Actor<T>>();
  readonly #turns = new LinkedList<string>();
  /** Oldest first. Queues are first in, first out, so the oldest of all is also the first of its own queue. */
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

  /** Queues `item` last in its queue; or returns why not and changes nothing, when a bound is met. */
  offer(item: T): QueueFull | null {
    const { address } = item;
    const full = address === null ? this.#shopQueueFull() : this.#mailboxFull(address);
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

  /** The first of the shop's own queue. */
  peekShop(): T | undefined {
    return this.#shopQueue.first?.value;
  }

  /** Takes what `peekShop` shows. */
  takeShop(): T | undefined {
    const arrival = this.#shopQueue.shift();
    if (!arrival) return undefined;
    this.#arrivals.remove(arrival);
    this.#shopBytes -= arrival.value.bytes;
    return arrival.value;
  }

  /** The first of the mailbox whose turn it is. */
  peekTurn(): T | undefined {
    return this.#actorInTurn()?.mailbox.first?.value;
  }

  /** Takes what `peekTurn` shows; that mailbox's next turn comes after all the others'. */
  takeTurn(): T | undefined {
    const actor = this.#actorInTurn();
    if (!actor) return undefined;
    const item = this.#takeFrom(actor);
    if (actor.mailbox.size > 0) {
      this.#turns.remove(actor.turn);
      actor.turn = this.#turns.push(actor.turn.value);
    }
    return item;
  }

  /** What has waited longest of all. */
  peekOldest(): T | undefined {
    return this.#arrivals.first;
  }

  /** Takes what `peekOldest` shows. */
  takeOldest(): T | undefined {
    const oldest = this.#arrivals.first;
    if (!oldest) return undefined;
    if (oldest.address === null) return this.takeShop();
    const actor = this.#actors.get(oldest.address);
    return actor && this.#takeFrom(actor);
  }

  #actorInTurn(): Actor<T> | undefined {
    const address = this.#turns.first;
    return address === undefined ? undefined : this.#actors.get(address);
  }

  #openMailbox(address: string): Actor<T> {
    const actor = { mailbox: new LinkedList<QueueNode<T>>(), turn: this.#turns.push(address) };
    this.#actors.set(address, actor);
    return actor;
  }

  #takeFrom(actor: Actor<T>): T | undefined {
    const arrival = actor.mailbox.shift();
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

  #mailboxFull(address: string): QueueFull | null {
    const { mailboxItemsMax, mailboxesItemsMax, queueBytesMax } = this.#limits;
    return (
      fullAt('mailbox', 'items', this.#actors.get(address)?.mailbox.size ?? 0, mailboxItemsMax) ??
      fullAt('all mailboxes', 'items', this.mailboxItems, mailboxesItemsMax) ??
      fullAt('all mailboxes', 'bytes', this.#mailboxBytes, queueBytesMax)
    );
  }
}

function fullAt(queue: QueueFull['queue'], unit: QueueFull['unit'], waiting: number, limit: number): QueueFull | null {
  return waiting >= limit ? { queue, unit, waiting, limit } : null;
}
