import type { BatchCost } from './batch-cost.ts';
import type { BatcherLimits } from './batcher-limits.ts';
import type { Queued, Queues } from './queues.ts';

/** What a batch is measured by. */
export interface Batchable extends Queued {
  readonly steps: number;
}

type BatchLimits = Pick<
  BatcherLimits,
  'batchItemsMax' | 'batchStepsMax' | 'batchBytesMax' | 'stormItemsMax' | 'shopShareMax'
>;

/** For so many batches others count as in use after two mailboxes waited at once: who comes next is rarely there yet. */
const NEIGHBOURS_BATCHES = 64;

/**
 * Decides what goes into the next batch.
 *
 * - Its steps are bounded by what the store does in the time that a batch may take.
 * - The shop's own queue is served first, so that those who lost a sold-out SKU never keep the winners from paying.
 * - It may fill `shopShareMax` of the batch's items, steps and bytes while a mailbox waits, and what the mailboxes then
 *   leave over: a stream of payments must not starve the SKUs either.
 * - Mailboxes follow by turns, one item each. The first that does not fit ends their part; it keeps its turn, for if
 *   smaller ones passed it, it might never go.
 * - A mailbox is stormed when it alone is left and has more than a whole batch waiting. While others are in use, it gets
 *   no further into a batch than `stormItemsMax`: whoever comes next waits behind the batches under way, so those stay
 *   short. A stormed SKU alone has whole batches.
 * - When the mailboxes got nothing, the next batch begins with one of their items. So with both waiting, each gets at
 *   least one item into every two batches, whatever the sizes.
 * - The first item of a batch goes in whatever its size; one that is larger than the bounds thereby goes alone.
 */
export class BatchFiller<T extends Batchable> {
  readonly #queues: Queues<T>;
  readonly #limits: BatchLimits;
  readonly #cost: Pick<BatchCost, 'stepsMax'>;
  #isTurnOwed = false;
  /** Batches since two mailboxes waited at once. */
  #loneBatches = NEIGHBOURS_BATCHES;

  constructor(queues: Queues<T>, limits: BatchLimits, cost?: Pick<BatchCost, 'stepsMax'>) {
    this.#queues = queues;
    this.#limits = limits;
    this.#cost = cost ?? { stepsMax: limits.batchStepsMax };
  }

  /** Takes the next batch out of the queues, in the order in which it is to be sent; empty if nothing waits. */
  fill(): T[] {
    const mailboxItems = this.#queues.mailboxItems;
    const batch = new Batch<T>({ ...this.#limits, batchStepsMax: this.#cost.stepsMax });
    this.#loneBatches = this.#queues.mailboxes > 1 ? 0 : this.#loneBatches + 1;
    if (this.#isTurnOwed) this.#takeTurn(batch);
    this.#takeShop(batch, mailboxItems > 0 ? this.#limits.shopShareMax : 1);
    const shopItems = batch.items.length;
    while (!this.#isStormOver(batch.items.length - shopItems) && this.#takeTurn(batch));
    this.#takeShop(batch, 1);
    this.#isTurnOwed = mailboxItems > 0 && this.#queues.mailboxItems === mailboxItems;
    return batch.items;
  }

  /** Whether only a stormed mailbox is left, and has had its part. */
  #isStormOver(turnsTaken: number): boolean {
    const { batchItemsMax, stormItemsMax } = this.#limits;
    if (turnsTaken < stormItemsMax || this.#loneBatches >= NEIGHBOURS_BATCHES) return false;
    return this.#queues.mailboxes === 1 && this.#queues.mailboxItems > batchItemsMax;
  }

  #takeShop(batch: Batch<T>, share: number): void {
    for (let item = this.#queues.peekShop(); item && batch.fits(item, share); item = this.#queues.peekShop()) {
      this.#queues.takeShop();
      batch.add(item);
    }
  }

  #takeTurn(batch: Batch<T>): boolean {
    const item = this.#queues.peekTurn();
    if (!item || !batch.fits(item, 1)) return false;
    this.#queues.takeTurn();
    batch.add(item);
    return true;
  }
}

class Batch<T extends Batchable> {
  readonly items: T[] = [];
  readonly #limits: BatchLimits;
  #steps = 0;
  #bytes = 0;

  constructor(limits: BatchLimits) {
    this.#limits = limits;
  }

  fits(item: T, share: number): boolean {
    const { batchItemsMax, batchStepsMax, batchBytesMax } = this.#limits;
    if (this.items.length === 0) return true;
    return (
      this.items.length + 1 <= batchItemsMax * share &&
      this.#steps + item.steps <= batchStepsMax * share &&
      this.#bytes + item.bytes <= batchBytesMax * share
    );
  }

  add(item: T): void {
    this.items.push(item);
    this.#steps += item.steps;
    this.#bytes += item.bytes;
  }
}
