import { BatchSplitter } from '../../src/actor/batch-splitter.ts';
import { Mailbox } from '../../src/actor/mailbox.ts';
import { ExpiredLines } from '../../src/shop/expiry/expired-lines.ts';
import { ExpiryEffects } from '../../src/shop/expiry/expiry-effects.ts';
import { MemoryTables } from '../../src/store/memory/memory-tables.ts';
import { KeyedMutex } from '../../src/transact/keyed-mutex.ts';
import { Reclaimer } from '../../src/transact/reclaimer.ts';
import { ServiceCall } from '../../src/transact/service-call.ts';
import { StoreError } from '../../src/store/store.ts';

/** A way to break the product. `inject` returns a function that mends it. */
export interface Mutant {
  name: string;
  inject: () => () => void;
}

type Args<F> = F extends (...args: infer A) => unknown ? A : never;
type Broken<T, F> = (self: T, intact: (...args: Args<F>) => unknown, ...args: Args<F>) => unknown;

/** Replaces a method of a class. `broken` gets the object and the method, bound to it. */
function mutant<T extends object, K extends keyof T>(
  name: string,
  { prototype }: { prototype: T },
  method: K,
  broken: Broken<T, T[K]>,
): Mutant {
  return {
    name,
    inject: () => {
      const own = Object.getOwnPropertyDescriptor(prototype, method);
      if (!own) throw new Error(`the class has no ${String(method)}`);
      const value = function value(this: T, ...args: Args<T[K]>): unknown {
        const intact = (own.value as (...args: Args<T[K]>) => unknown).bind(this);
        return broken(this, intact, ...args);
      };
      Object.defineProperty(prototype, method, { ...own, value });
      return () => Object.defineProperty(prototype, method, own);
    },
  };
}

/** Bugs of the actor, the transactor and expiry. */
export const MUTANTS: readonly Mutant[] = [
  mutant('serve the newest item of a mailbox first', Mailbox, 'push', (self, intact, newest) => {
    const others = [];
    for (let item = self.shift(); item; item = self.shift()) others.push(item);
    for (const item of [newest, ...others]) intact(item);
  }),
  mutant('lose the last item of a batch that failed', BatchSplitter, 'addBatch', (_, intact, batch) =>
    intact(batch.length > 2 ? batch.slice(0, -1) : batch),
  ),
  mutant('send the halves of a failed piece twice', BatchSplitter, 'addBatch', (_, intact, batch) => {
    intact(batch);
    intact(batch);
  }),
  mutant('forget which requests were applied', MemoryTables, 'request', () => undefined),
  mutant('do not find overdue holds', MemoryTables, 'overdueHolds', () => []),
  mutant('let calls of one cart overlap', KeyedMutex, 'acquire', (_self, _intact, _key, begin) => begin()),
  mutant('never release the lock of a cart', KeyedMutex, 'release', () => undefined),
  mutant('let calls wait beyond their deadline', ServiceCall, 'timeOut', () => undefined),
  mutant('report a call that timed out as without effect', ServiceCall, 'timeOut', (self, intact) => {
    self.mayHaveEffect = false;
    intact();
  }),
  mutant('report an unknown outcome as an outage', ServiceCall, 'reject', (_, intact, error) => {
    const isUnknown = error instanceof StoreError && error.fault === 'outcome_unknown';
    intact(isUnknown ? new StoreError('unavailable', 'mutant') : error);
  }),
  mutant('do not delete lines whose holds have expired', ExpiredLines, 'run', () => Promise.resolve()),
  mutant('do not handle documents that are due', ExpiryEffects, 'applyDue', () => Promise.resolve()),
  mutant('do not end overdue holds in time', Reclaimer, 'reclaim', () =>
    Promise.resolve({ at: 0, ended: 0, more: false, dueDocuments: [], nextDueAt: null }),
  ),
];
