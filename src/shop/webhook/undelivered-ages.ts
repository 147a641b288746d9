import { EVENT_CLASSES, type EventClass, type WebhookEvent } from '../../contract/webhook-records.ts';

/**
 * The age of the oldest undelivered event of each class. Only the delivering process knows it. An age grows while
 * nothing is noted, so an unreachable endpoint or store becomes visible.
 */
export class UndeliveredAges {
  /** The time of each endpoint's oldest event, on the monotonic clock. */
  readonly #oldest: Record<EventClass, Map<string, number>> = { money: new Map(), other: new Map() };

  /** Notes the undelivered events of an endpoint at the shop time `at`. */
  note(endpointId: string, of: EventClass, undelivered: readonly WebhookEvent[], at: number): void {
    if (undelivered.length === 0) {
      this.#oldest[of].delete(endpointId);
      return;
    }
    const happenedAt = undelivered.reduce((oldest, event) => Math.min(oldest, event.at), at);
    this.#oldest[of].set(endpointId, performance.now() - (at - happenedAt));
  }

  /** Forgets all other endpoints. */
  keep(endpointIds: readonly string[]): void {
    for (const of of EVENT_CLASSES) {
      for (const known of this.#oldest[of].keys()) if (!endpointIds.includes(known)) this.#oldest[of].delete(known);
    }
  }

  /** Returns the age of the oldest event in milliseconds; 0 if all are delivered. */
  ageMs(of: EventClass): number {
    const happened = [...this.#oldest[of].values()];
    return happened.length === 0 ? 0 : performance.now() - Math.min(...happened);
  }
}
