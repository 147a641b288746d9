import { OutcomeUnknown } from '../contract/calls/call.ts';
import { type Store, StoreError } from '../store/store.ts';

/**
 * Returns the answer of a mutation that has found its effect by a read, once the store has confirmed what it read.
 * Rejects with `OutcomeUnknown` for the call's key otherwise: a failover may lose the effect.
 */
export async function confirmed<T>(store: Store, key: string, answer: () => T | Promise<T>): Promise<T> {
  try {
    await store.confirm?.();
  } catch (error) {
    throw error instanceof StoreError ? new OutcomeUnknown(key, { cause: error }) : error;
  }
  return answer();
}
