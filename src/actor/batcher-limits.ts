/** The bounds of one lane. All are whole numbers of at least 1, except `shopShareMax` and `batchMsMax`. */
export interface BatcherLimits {
  /** Items that wait in one SKU's mailbox. */
  mailboxItemsMax: number;
  /** Items that wait in all mailboxes together: what bounds memory when many SKUs are in demand. */
  mailboxesItemsMax: number;
  /** Items that wait in the shop's own queue. */
  shopQueueItemsMax: number;
  /** Bytes that may wait in the shop's own queue, and as many again in all mailboxes; overshot by one item at most. */
  queueBytesMax: number;
  /** An item that has waited this long is not sent any more. */
  waitMsMax: number;
  batchItemsMax: number;
  batchStepsMax: number;
  batchBytesMax: number;
  /** How long a batch may take: its steps are bounded by what the last ones took for each. `Infinity` sets no limit. */
  batchMsMax: number;
  /** Items of a batch, beyond which a stormed mailbox is not served while others have been in use lately. */
  stormItemsMax: number;
  batchesInFlightMax: number;
  /** The part of a batch, above 0 and at most 1, that the shop's own queue may fill while a mailbox waits. */
  shopShareMax: number;
}

export const BATCHER_LIMITS: Readonly<BatcherLimits> = {
  mailboxItemsMax: 2_048,
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

/** `LANE_LIMITS` with `changes`. Throws `RangeError` for a bound that would stop the lane or bound nothing. */
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
