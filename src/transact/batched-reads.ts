import { Batcher } from '../actor/batcher.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { ReadRequest, Snapshot, Store } from '../store/store.ts';
import { asStoreError } from './store-errors.ts';

/** The weight of a document in a batch of reads, because the holds that it refers to are read with it. */
const DOCUMENT_RECORDS = 8;

/**
 * Combines concurrent reads into one round trip. Each read still gets its own consistent snapshot. Reads have a batcher
 * of their own, so that they neither wait for writes nor delay them.
 */
export class BatchedReads {
  readonly #batcher: Batcher<ReadRequest, Snapshot>;

  constructor(store: Pick<Store, 'read'>, runtime: Runtime) {
    this.#batcher = new Batcher({ send: (requests) => store.read(requests), splitOn: () => false, runtime });
  }

  /** Returns the snapshot of a request. Rejects with `Overloaded`, or with `StoreError` `unavailable` or `closed`. */
  read = (request: ReadRequest): Promise<Snapshot> =>
    this.#batcher
      .submit({ payload: request, address: null, steps: recordsOf(request), bytes: 0 })
      .catch((error: unknown) => {
        throw asStoreError(error);
      });

  close(): Promise<void> {
    return this.#batcher.close();
  }
}

function recordsOf({ skus, holds, documents, requests }: ReadRequest): number {
  const single = (skus?.length ?? 0) + (holds?.length ?? 0) + (requests?.length ?? 0);
  return single + (documents?.length ?? 0) * DOCUMENT_RECORDS;
}
