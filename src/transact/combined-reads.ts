import { LaneClosed, WaitedTooLong } from '../actor/lane-errors.ts';
import { Lane } from '../actor/lane.ts';
import { type ReadRequest, type Snapshot, type Store, StoreError } from '../store/store.ts';

/** What a document stands for in the size of a batch: the holds that it refers to are read with it. */
const DOCUMENT_RECORDS = 8;

/**
 * Lets reads that are asked for at the same time share a round trip: each still gets its own consistent snapshot. A lane
 * of their own, so that reads neither wait for writes nor hold them up.
 */
export class CombinedReads {
  readonly #lane: Lane<ReadRequest, Snapshot>;

  constructor(store: Pick<Store, 'read'>) {
    this.#lane = new Lane({ send: (requests) => store.read(requests), splitOn: () => false });
  }

  /** Rejects with `Overloaded`, and with `StoreError` `unavailable` or `closed`. */
  read = (request: ReadRequest): Promise<Snapshot> =>
    this.#lane
      .submit({ payload: request, address: null, steps: recordsOf(request), bytes: 0 })
      .catch((error: unknown) => {
        if (error instanceof WaitedTooLong) throw new StoreError('unavailable', error.message, { cause: error });
        if (error instanceof LaneClosed) throw new StoreError('closed', error.message, { cause: error });
        throw error;
      });

  close(): Promise<void> {
    return this.#lane.close();
  }
}

function recordsOf({ skus, holds, documents, requests }: ReadRequest): number {
  const single = (skus?.length ?? 0) + (holds?.length ?? 0) + (requests?.length ?? 0);
  return single + (documents?.length ?? 0) * DOCUMENT_RECORDS;
}
