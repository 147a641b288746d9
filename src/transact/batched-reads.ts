import { BatcherClosed, QueueTimeout } from '../actor/batcher-errors.ts';
import { Batcher } from '../actor/batcher.ts';
import { type ReadRequest, type Snapshot, type Store, StoreError } from '../store/store.ts';

/** What a document stands for in the size of a batch: the holds that it refers to are read with it. */
const DOCUMENT_RECORDS = 8;

/**
 * Lets reads that are asked for at the same time share a round trip: each still gets its own consistent snapshot. A lane
 * of their own, so that reads neither wait for writes nor hold them up.
 */
export class BatchedReads {
  readonly #batcher: Batcher<ReadRequest, Snapshot>;

  constructor(store: Pick<Store, 'read'>) {
    this.#batcher = new Batcher({ send: (requests) => store.read(requests), splitOn: () => false });
  }

  /** Rejects with `Overloaded`, and with `StoreError` `unavailable` or `closed`. */
  read = (request: ReadRequest): Promise<Snapshot> =>
    this.#batcher
      .submit({ payload: request, address: null, steps: recordsOf(request), bytes: 0 })
      .catch((error: unknown) => {
        if (error instanceof QueueTimeout) throw new StoreError('unavailable', error.message, { cause: error });
        if (error instanceof BatcherClosed) throw new StoreError('closed', error.message, { cause: error });
        throw error;
      });

  close(): Promise<void> {
    return this.#batcher.close();
  }
}

function recordsOf({ skus, holds, documents, requests }: ReadRequest): number {
  const single = (skus?.length ?? 0) + (holds?.length ?? 0) + (requests?.length ?? 0);
  return single + (documents?.length ?? 0) * DOCUMENT_RECORDS;
}
