import { EVENT_CLASSES, type EventClass, type Occurrence } from '../../contract/webhook-words.ts';

/**
 * How old the oldest event is that was not delivered, for each class of events. Only the process that delivers knows it. An
 * age grows while nothing is noted, so an endpoint or a store that is away shows.
 */
export class UndeliveredAges {
  /** When the oldest event of each endpoint happened, on the monotonic clock. */
  readonly #oldest: Record<EventClass, Map<string, number>> = { money: new Map(), other: new Map() };

  /** Notes what is undelivered for an endpoint at the shop time `at`. */
  note(endpointId: string, of: EventClass, undelivered: readonly Occurrence[], at: number): void {
    if (undelivered.length === 0) {
      this.#oldest[of].delete(endpointId);
      return;
    }
    const happenedAt = undelivered.reduce((oldest, occurrence) => Math.min(oldest, occurrence.at), at);
    this.#oldest[of].set(endpointId, performance.now() - (at - happenedAt));
  }

  /** Forgets all endpoints but these. */
  keep(endpointIds: readonly string[]): void {
    for (const of of EVENT_CLASSES) {
      for (const known of this.#oldest[of].keys()) if (!endpointIds.includes(known)) this.#oldest[of].delete(known);
    }
  }

  /** Returns the age of the oldest event in milliseconds; 0 where all are delivered. */
  ageMs(of: EventClass): number {
    const happened = [...this.#oldest[of].values()];
    return happened.length === 0 ? 0 : performance.now() - Math.min(...happened);
  }
}
