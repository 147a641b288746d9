import type { BatchCost } from './batch-cost.ts';
import type { BatcherLimits } from './batcher-limits.ts';
import type { Queued, Queues } from './queues.ts';

/** An item that can be batched, with its size. */
export interface Batchable extends Queued {
  readonly steps: number;
}

/** The limits of the batcher that bound a batch. */
type FillLimits = Pick<
  BatcherLimits,
  'batchItemsMax' | 'batchStepsMax' | 'batchBytesMax' | 'stormItemsMax' | 'shopShareMax'
>;

/**
 * If two mailboxes waited at the same time, both count as in use for this many batches, because a mailbox in use is
 * often empty for a moment.
 */
const IN_USE_BATCHES = 64;

/**
 * Decides what goes into the next batch.
 *
 * - The steps of a batch are bounded by what the store can do in the time that a batch may take.
 * - The shop queue is served first, so that buyers who compete for a sold-out SKU never delay payments.
 * - While a mailbox waits, the shop queue may fill `shopShareMax` of the batch's items, steps and bytes, and afterward
 *   the room that the mailboxes leave. So a stream of payments does not starve the SKUs.
 * - Mailboxes follow in round-robin order, one item each. The first item that does not fit ends their part. It keeps
 *   its turn, because it might wait forever if smaller items could pass it.
 * - A mailbox is stormed when no other one waits and it has more items than a whole batch. If others waited too within
 *   the last `IN_USE_BATCHES` batches, it fills at most `stormItemsMax` items of a batch: the next item of another SKU
 *   waits for the batches in flight, so these stay short. Otherwise it gets whole batches.
 * - If a batch had no item from a mailbox, the next batch begins with one. So while both wait, each gets at least one
 *   item into every two batches, whatever the sizes.
 * - The first item of a batch is accepted at any size. An item that is larger than the bounds is therefore sent alone.
 */
export class BatchFiller<T extends Batchable> {
  readonly #queues: Queues<T>;
  readonly #limits: FillLimits;
  readonly #cost: Pick<BatchCost, 'stepsMax'>;
  #isTurnOwed = false;
  #batchesSinceTwoWaited = IN_USE_BATCHES;

  constructor(queues: Queues<T>, limits: FillLimits, cost?: Pick<BatchCost, 'stepsMax'>) {
    this.#queues = queues;
    this.#limits = limits;
    this.#cost = cost ?? { stepsMax: limits.batchStepsMax };
  }

  /** Removes the next batch from the queues and returns it in sending order. Returns an empty list if nothing waits. */
  fill(): T[] {
    const mailboxItems = this.#queues.mailboxItems;
    const batch = new Batch<T>({ ...this.#limits, batchStepsMax: this.#cost.stepsMax });
    this.#batchesSinceTwoWaited = this.#queues.mailboxes > 1 ? 0 : this.#batchesSinceTwoWaited + 1;
    if (this.#isTurnOwed) this.#takeTurn(batch);
    this.#takeShop(batch, this.#limits.shopShareMax);
    const shopItems = batch.items.length;
    while (!this.#isStormShareFull(batch.items.length - shopItems) && this.#takeTurn(batch));
    this.#takeShop(batch, 1);
    this.#isTurnOwed = mailboxItems > 0 && this.#queues.mailboxItems === mailboxItems;
    return batch.items;
  }

  /** Returns whether only a stormed mailbox is left and it has filled its share of the batch. */
  #isStormShareFull(turnsTaken: number): boolean {
    const { batchItemsMax, stormItemsMax } = this.#limits;
    if (turnsTaken < stormItemsMax || this.#batchesSinceTwoWaited >= IN_USE_BATCHES) return false;
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
  readonly #limits: FillLimits;
  #steps = 0;
  #bytes = 0;

  constructor(limits: FillLimits) {
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
