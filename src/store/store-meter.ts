import { type BatchResult, type Reclaimed, type Store, StoreError } from './store.ts';

export interface StoreObserver {
  applied: (transactions: number, ms: number) => void;
  read: (ms: number) => void;
  failed: (fault: string) => void;
  /**
   * Called when a batch that was sent at `startedAt` (`performance.now`) has ended. `error` is its rejection, or null.
   */
  wrote: (startedAt: number, error: unknown) => void;
  /** Called when overdue holds were ended. The earliest of them was overdue by `lagMs`. */
  reclaimed: (lagMs: number) => void;
}

/** Returns the same store with an observer of its results and durations. */
export function meterStore(store: Store, observer: StoreObserver): Store {
  let nextDueAt: number | null = null;
  const noteDue = (result: BatchResult | Reclaimed): void => {
    if (nextDueAt !== null && nextDueAt <= result.at) observer.reclaimed(result.at - nextDueAt);
    nextDueAt = result.nextDueAt;
  };
  type Observe<T> = (result: T, ms: number) => void;
  const watched = async <T>(promise: Promise<T>, observe: Observe<T>, ended?: StoreObserver['wrote']): Promise<T> => {
    const start = performance.now();
    try {
      const result = await promise;
      observe(result, performance.now() - start);
      ended?.(start, null);
      return result;
    } catch (error) {
      observer.failed(error instanceof StoreError ? error.fault : 'other');
      ended?.(start, error);
      throw error;
    }
  };
  const metered: Pick<Store, 'apply' | 'read' | 'reclaim'> = {
    apply: (transactions) => {
      const observe = (result: BatchResult, ms: number): void => {
        observer.applied(transactions.length, ms);
        noteDue(result);
      };
      return watched(store.apply(transactions), observe, observer.wrote);
    },
    read: (requests) => watched(store.read(requests), (_, ms) => observer.read(ms)),
    // Its success is not reported to `wrote`: a sweep without overdue holds writes less than any call.
    reclaim: (request) => watched(store.reclaim(request), noteDue),
  };
  return new Proxy(store, {
    get(target, name) {
      if (Object.hasOwn(metered, name)) return Reflect.get(metered, name);
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
