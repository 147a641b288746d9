import { openMemoryStore } from '../../src/store/memory/memory-store.ts';
import { type Store, StoreError, type StoreFault } from '../../src/store/store.ts';

export interface FaultyStore {
  store: Store;
  /** The error with which the next calls of a method reject. Null: they work again. */
  fail: (method: 'apply' | 'read' | 'reclaim' | 'health', error: Error | null) => void;
  /** From now on batches wait until they are released. */
  hold: () => void;
  goOn: () => void;
  /** Batches that are waiting. */
  waiting: () => number;
}

export const fault = (kind: StoreFault): StoreError =>
  new StoreError(kind, 'the store at redis://user:secret@host is away');

const METHODS = new Set<PropertyKey>(['apply', 'read', 'reclaim', 'health']);

/** The memory store, with outages and stalls on request. Its answers are those of the memory store. */
export function openFaultyStore(): FaultyStore {
  const memory = openMemoryStore({ shop: 'main' });
  const faults = new Map<PropertyKey, Error>();
  const held: (() => void)[] = [];
  let isHolding = false;
  const store = new Proxy<Store>(memory, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      if (!METHODS.has(name)) return value.bind(target);
      return async (...args: unknown[]): Promise<unknown> => {
        const error = faults.get(name);
        if (error) throw error;
        if (isHolding && name === 'apply') await new Promise<void>((resolve) => held.push(resolve));
        return value.apply(target, args);
      };
    },
  });
  return {
    store,
    fail: (method, error) => {
      if (error) faults.set(method, error);
      else faults.delete(method);
    },
    hold: () => {
      isHolding = true;
    },
    goOn: () => {
      isHolding = false;
      for (const release of held.splice(0)) release();
    },
    waiting: () => held.length,
  };
}
