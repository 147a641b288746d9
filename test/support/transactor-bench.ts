import { type Call, ok, type Result } from '../../src/contract/calls/call.ts';
import type { Step } from '../../src/domain/steps.ts';
import { openMemoryStore } from '../../src/store/memory/memory-store.ts';
import type { BatchResult, Store } from '../../src/store/store.ts';
import { BatchedReads } from '../../src/transact/batched-reads.ts';
import { Ids } from '../../src/transact/documents/ids.ts';
import type { MutationSpec } from '../../src/transact/mutation.ts';
import { Reclaimer } from '../../src/transact/reclaimer.ts';
import { Transactor } from '../../src/transact/transactor.ts';
import { hookedStore, type Hooks } from './hooked-store.ts';
import { ManualRuntime } from './manual-runtime.ts';
import { OPERATOR } from './shop.ts';
import { configure, receive, transaction } from './transactions.ts';

export const DEADLINE_MS = 1_000;
export const UNITS = 10;

type Options = ConstructorParameters<typeof Transactor>[0];

/** What a test changes: members of the store, and options of the transactor. */
interface Changes extends Partial<Options> {
  storeWith?: Partial<Store>;
}

/** A transactor over a memory store with `UNITS` units of A. Its time passes only in `runtime.advance`. */
export async function transactorBench({ storeWith = {}, ...options }: Changes = {}) {
  const runtime = new ManualRuntime();
  const hooks: Hooks = {};
  const memory = openMemoryStore({ shop: 'main', clock: runtime.wallMs });
  await memory.apply([transaction('setup', [configure('A'), receive('A', UNITS)])]);
  const hooked = hookedStore(memory, hooks);
  const store = new Proxy(hooked, {
    get: (target, name) => Reflect.get(name in storeWith ? storeWith : target, name),
  });
  const batches: BatchResult[] = [];
  const reclaimer = new Reclaimer(store, () => undefined);
  const transactor = new Transactor({
    store,
    read: new BatchedReads(store, runtime).read,
    reclaimer,
    onBatch: (result) => void batches.push(result),
    callDeadlineMs: DEADLINE_MS,
    tracing: null,
    runtime,
    ids: new Ids({ now: runtime.wallMs, random: runtime.random }),
    ...options,
  });
  const onHand = async (): Promise<number | undefined> => (await memory.read([{ skus: ['A'] }]))[0]?.stock[0]?.onHand;
  return { transactor, runtime, hooks, memory, store, batches, reclaimer, onHand };
}

export const keyed = (idempotencyKey: string): Call => ({ ...OPERATOR, idempotencyKey });

/** Returns a mutation that receives a unit of A, with these changes. */
export const mutation = (changes: Partial<MutationSpec<string>> = {}): MutationSpec<string> => ({
  procedure: 'test',
  input: {},
  call: OPERATOR,
  reads: () => ({ skus: ['A'] }),
  compose: () => composed(receive('A', 1)),
  answer: async ({ reference }) => ok(`done ${reference}`),
  ...changes,
});

export const composed = (...steps: Step[]) => ({ steps, address: 'A', effectReference: 'A' });

/** Returns a mutation that waits in the mailbox of A before it is composed without a read, with these changes. */
export const unread = (changes: Partial<MutationSpec<string>> = {}): MutationSpec<string> =>
  mutation({ unread: () => ({ address: 'A', steps: 1 }), ...changes });

/** Resolves with what a call has ended with: its answer, its refusal or its error. */
export const endOf = (call: Promise<Result<unknown>>): Promise<unknown> =>
  call.then(
    (result) => (result.ok ? result.value : result.refusal),
    (error: unknown) => error,
  );
