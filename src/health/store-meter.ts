import { type BatchResult, type Reclaimed, type Store, StoreError } from '../store/store.ts';

export interface StoreObserver {
  applied: (transactions: number, ms: number) => void;
  read: (ms: number) => void;
  failed: (fault: string) => void;
  /** A batch that was sent at `startedAt` (`performance.now`) has ended: null, or what it was rejected with. */
  wrote: (startedAt: number, error: unknown) => void;
  /** Overdue holds were ended, the earliest of which had been due for this long. */
  reclaimed: (lagMs: number) => void;
}

/** The same store, observed: nothing but its answers and the time that they took is looked at. */
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
    // Its success proves little: a sweep that finds nothing overdue writes less than any call does.
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
