import { createHoldfast, type Holdfast, type HoldfastOptions } from '../../shop/holdfast.ts';
import { ALWAYS_LEADING } from '../../store/leadership.ts';
import { meterStore, type StoreObserver } from '../../store/store-meter.ts';
import { checkedHoldfast } from './checked-holdfast.ts';

/** Registered, so that two copies of this module in one process know each other's objects. */
const ENGINE = Symbol.for('holdfast.engine');

export interface LibraryOptions extends HoldfastOptions {
  /**
   * `checked`, the default: every input is checked by the schema that it would pass over HTTP. `trusted`: inputs are
   * not checked, for callers that have done so. An invalid one may then be stored, or fail in any way.
   */
  inputs?: 'checked' | 'trusted';
}

/** The parts of a shop in process that its public services do not show. Its handlers use them. */
export interface LibraryEngine {
  /** The services without checks of their inputs, for callers that check them. */
  readonly services: Holdfast;
  /** The clock of the process, if the shop has one of its own. */
  readonly now: (() => number) | undefined;
  readonly isClosing: boolean;
  readonly isLeading: boolean;
  /** Adds an observer of the calls to the store. Returns a function that removes it. */
  observeStore(observer: StoreObserver): () => void;
  /** Refuses writes of shoppers while `isFull` returns true. Returns a function that removes it. */
  limitBy(isFull: () => boolean): () => void;
  /** Adds a function that is awaited before the services are closed. Returns a function that removes it. */
  beforeClose(end: () => Promise<void>): () => void;
}

/**
 * Returns Holdfast in process: the services that the server offers over HTTP, with the same refusals. Throws
 * `TypeError` for an unknown value of `inputs`.
 */
export function createLibraryHoldfast({ inputs = 'checked', ...options }: LibraryOptions): Holdfast {
  if (inputs !== 'checked' && inputs !== 'trusted') throw new TypeError('inputs must be checked or trusted');
  const observers = new Set<StoreObserver>();
  const { leadership = ALWAYS_LEADING } = options;
  const limits = new Set<() => boolean>(options.isFull ? [options.isFull] : []);
  const services = createHoldfast({
    ...options,
    store: meterStore(options.store, toEach(observers)),
    isFull: () => [...limits].some((isFull) => isFull()),
  });
  const endings = new Set<() => Promise<void>>();
  let closed: Promise<void> | null = null;
  const closeAll = async (): Promise<void> => {
    // Imports and subscriptions do not end by themselves.
    void services.bulk.stop();
    void services.watch.close();
    await Promise.all([...endings].map((end) => end()));
    await services.close();
  };
  const engine: LibraryEngine = {
    services,
    now: options.now,
    get isClosing() {
      return closed !== null;
    },
    get isLeading() {
      return leadership.isLeading;
    },
    observeStore: (observer) => addRemovable(observers, observer),
    limitBy: (isFull) => addRemovable(limits, isFull),
    beforeClose: (end) => addRemovable(endings, end),
  };
  const offered = inputs === 'trusted' ? services : checkedHoldfast(services);
  const holdfast: Holdfast = { ...offered, close: () => (closed ??= closeAll()) };
  return Object.defineProperty(holdfast, ENGINE, { value: engine });
}

function addRemovable<T>(set: Set<T>, item: T): () => void {
  set.add(item);
  return () => set.delete(item);
}

/** Returns an observer that passes everything to those of the set. */
const toEach = (observers: ReadonlySet<StoreObserver>): StoreObserver => ({
  applied: (transactions, ms) => observers.forEach((observer) => observer.applied(transactions, ms)),
  read: (ms) => observers.forEach((observer) => observer.read(ms)),
  failed: (fault) => observers.forEach((observer) => observer.failed(fault)),
  wrote: (startedAt, error) => observers.forEach((observer) => observer.wrote(startedAt, error)),
  reclaimed: (lagMs) => observers.forEach((observer) => observer.reclaimed(lagMs)),
});

/** Returns the engine of an object that `createHoldfast` has returned. Throws `TypeError` for any other value. */
export function engineOf(holdfast: Holdfast): LibraryEngine {
  const engine = (holdfast as { [ENGINE]?: LibraryEngine } | null | undefined)?.[ENGINE];
  if (!engine)
    throw new TypeError(
      'createHoldfastHandler requires the object that createHoldfast has returned, and not a copy of it',
    );
  return engine;
}
