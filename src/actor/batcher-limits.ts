/** The bounds of one batcher. All are integers of at least 1, except `shopShareMax` and `batchMsMax`. */
export interface BatcherLimits {
  mailboxItemsMax: number;
  /** Items of one party (client or connection) in a mailbox that is at least half full. */
  mailboxPartyMax: number;
  /** Items in all mailboxes together. Bounds memory when many SKUs are in demand. */
  mailboxesItemsMax: number;
  shopQueueItemsMax: number;
  /** Bytes in the shop queue and, separately, in all mailboxes. The last accepted item may exceed the bound. */
  queueBytesMax: number;
  /** An item that has waited this long is rejected and not sent. */
  waitMsMax: number;
  batchItemsMax: number;
  batchStepsMax: number;
  batchBytesMax: number;
  /** Time that a batch may take. Bounds its steps by the measured time per step. `Infinity` sets no limit. */
  batchMsMax: number;
  /** Items of one batch that a stormed mailbox may fill while other mailboxes are in use. */
  stormItemsMax: number;
  batchesInFlightMax: number;
  /** Share of a batch, above 0 and at most 1, that the shop queue may fill while a mailbox waits. */
  shopShareMax: number;
}

export const BATCHER_LIMITS: Readonly<BatcherLimits> = {
  mailboxItemsMax: 2_048,
  mailboxPartyMax: 128,
  mailboxesItemsMax: 131_072,
  shopQueueItemsMax: 8_192,
  queueBytesMax: 64 * 1_048_576,
  waitMsMax: 5_000,
  batchItemsMax: 256,
  batchStepsMax: 1_024,
  batchBytesMax: 1_048_576,
  batchMsMax: Infinity,
  stormItemsMax: 256,
  batchesInFlightMax: 2,
  shopShareMax: 0.75,
};

/**
 * Returns `BATCHER_LIMITS` with `changes`. Throws `RangeError` for a bound that would block the batcher or not bound
 * it.
 */
export function batcherLimits(changes: Partial<BatcherLimits> = {}): Readonly<BatcherLimits> {
  const limits = { ...BATCHER_LIMITS, ...changes };
  for (const [name, value] of Object.entries(limits)) {
    if (!isValid(name, value)) throw new RangeError(`batcher limit ${name} cannot be ${value}`);
  }
  return limits;
}

function isValid(name: string, value: number): boolean {
  if (name === 'shopShareMax') return value > 0 && value <= 1;
  if (name === 'batchMsMax') return value > 0;
  return Number.isSafeInteger(value) && value >= 1;
}
