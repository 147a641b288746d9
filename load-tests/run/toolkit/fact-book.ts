import type { FactKind, Facts } from '../../lib/words.ts';

/** Of all kinds together; what comes after is refused, which ends the run. */
const FACTS_MAX = 1_000_000;

interface Listener {
  kind: FactKind;
  isIt: (fact: never) => boolean;
  resolve: (fact: never) => void;
}

/** The facts that were reported during a run, in the order of their arrival. */
export class FactBook {
  readonly #facts = new Map<FactKind, unknown[]>();
  #listeners: Listener[] = [];
  #count = 0;

  /** Adds a fact, and resolves `next` where it waits for this one. Throws when the book is full. */
  record<K extends FactKind>(kind: K, fact: Facts[K]): void {
    if (this.#count >= FACTS_MAX) throw new Error(`more than ${FACTS_MAX} facts were reported`);
    this.#count += 1;
    const facts = this.#facts.get(kind);
    if (facts) facts.push(fact);
    else this.#facts.set(kind, [fact]);
    const isAwaited = (listener: Listener): boolean => listener.kind === kind && listener.isIt(fact as never);
    const awaited = this.#listeners.filter(isAwaited);
    this.#listeners = this.#listeners.filter((listener) => !awaited.includes(listener));
    for (const { resolve } of awaited) resolve(fact as never);
  }

  of<K extends FactKind>(kind: K): readonly Facts[K][] {
    return (this.#facts.get(kind) ?? []) as Facts[K][];
  }

  /** Resolves with the next such fact that is reported; rejects when the signal aborts before. */
  next<K extends FactKind>(kind: K, isIt: (fact: Facts[K]) => boolean, signal: AbortSignal): Promise<Facts[K]> {
    return new Promise((resolve, reject) => {
      const giveUp = (): void => reject(new Error(`the run ended before the fact "${kind}" was reported`));
      this.#listeners.push({ kind, isIt, resolve });
      if (signal.aborted) giveUp();
      signal.addEventListener('abort', giveUp);
    });
  }
}
