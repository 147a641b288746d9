import { BatcherClosed, QueueTimeout } from '../actor/batcher-errors.ts';
import { StoreError } from '../store/store.ts';

/**
 * Returns a `QueueTimeout` as `StoreError` `unavailable`, a `BatcherClosed` as `closed`, and any other error unchanged.
 */
export function asStoreError(error: unknown): unknown {
  if (error instanceof QueueTimeout) return new StoreError('unavailable', error.message, { cause: error });
  if (error instanceof BatcherClosed) return new StoreError('closed', error.message, { cause: error });
  return error;
}
