import type { Transaction } from '../../src/domain/transaction.ts';
import type { ReadRequest, Store } from '../../src/store/store.ts';

/** Hooks around the calls of a store. Each may throw, or await something first. */
export interface Hooks {
  /** Called after a snapshot was taken and before the caller sees it: changes made here make the snapshot stale. */
  afterRead?: (requests: readonly ReadRequest[]) => Promise<void>;
  /** Called after a page of live holds was listed and before the caller sees it. */
  afterListHolds?: () => Promise<void>;
  beforeApply?: (transactions: readonly Transaction[]) => Promise<void>;
  /** Called after the effect and before the caller learns of it: a throw here is a lost reply. */
  afterApply?: () => Promise<void>;
}

/** Wraps the store with hooks that a test may set and clear at any time. */
export function hookedStore(store: Store, hooks: Hooks): Store {
  const hooked: Pick<Store, 'read' | 'apply' | 'listHolds'> = {
    async listHolds(page) {
      const holds = await store.listHolds(page);
      await hooks.afterListHolds?.();
      return holds;
    },
    async read(requests) {
      const snapshots = await store.read(requests);
      await hooks.afterRead?.(requests);
      return snapshots;
    },
    async apply(transactions) {
      await hooks.beforeApply?.(transactions);
      const result = await store.apply(transactions);
      await hooks.afterApply?.();
      return result;
    },
  };
  return new Proxy(store, {
    get(target, name) {
      if (name in hooked) return Reflect.get(hooked, name);
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}
