import type { EventKind, Events } from '../../lib/words.ts';

/** The limit of all kinds together. Further events are refused, which ends the run. */
const EVENTS_MAX = 1_000_000;

interface Listener {
  kind: EventKind;
  isIt: (event: never) => boolean;
  resolve: (event: never) => void;
}

/** The events of a run in the order of their arrival. */
export class EventLog {
  readonly #events = new Map<EventKind, unknown[]>();
  #listeners: Listener[] = [];
  #count = 0;

  /** Adds an event, and resolves each `next` that waits for it. Throws when the log is full. */
  record<K extends EventKind>(kind: K, event: Events[K]): void {
    if (this.#count >= EVENTS_MAX) throw new Error(`more than ${EVENTS_MAX} events were reported`);
    this.#count += 1;
    const events = this.#events.get(kind);
    if (events) events.push(event);
    else this.#events.set(kind, [event]);
    const isAwaited = (listener: Listener): boolean => listener.kind === kind && listener.isIt(event as never);
    const awaited = this.#listeners.filter(isAwaited);
    this.#listeners = this.#listeners.filter((listener) => !awaited.includes(listener));
    for (const { resolve } of awaited) resolve(event as never);
  }

  of<K extends EventKind>(kind: K): readonly Events[K][] {
    return (this.#events.get(kind) ?? []) as Events[K][];
  }

  /** Resolves with the next matching event; rejects if the signal aborts before. */
  next<K extends EventKind>(kind: K, isIt: (event: Events[K]) => boolean, signal: AbortSignal): Promise<Events[K]> {
    return new Promise((resolve, reject) => {
      const giveUp = (): void => reject(new Error(`the run ended before the event "${kind}" was reported`));
      this.#listeners.push({ kind, isIt, resolve });
      if (signal.aborted) giveUp();
      signal.addEventListener('abort', giveUp);
    });
  }
}
