import { type Log, OutageLog } from '../../transact/log.ts';
import { pause } from '../../runtime/pause.ts';
import { compareMovements } from '../../domain/movement-ids.ts';
import type { MovementId } from '../../domain/records.ts';
import type { Read } from '../stock/units/stock-reader.ts';
import type { EndpointDelivery } from './endpoint-delivery.ts';
import { ENDPOINTS_KEY, endpointsIn, queueIn, queueKey, queueKeys } from './webhook-documents.ts';
import { SWEEP_MS, type SweepPace } from '../../transact/sweep-pace.ts';
import { type Endpoint, EVENT_CLASSES, type EventClass } from '../../contract/webhook-records.ts';

/** The leading process notices changes of other processes and due retries this soon, if there are endpoints. */
const DELIVERY_SWEEP_MS = SWEEP_MS;
/** Changes within this time are handled together. */
const DELIVERY_GAP_MS = 50;

interface RunnerParts {
  delivery: EndpointDelivery;
  read: Read;
  /** False if this process has no sender. */
  isActive: boolean;
  pace: Pick<SweepPace, 'ms'>;
  log: Log;
}

/**
 * Delivers to every endpoint at its own pace: a slow or unreachable endpoint does not delay another one. Both classes
 * of an endpoint's events are sent concurrently, so that money events do not wait for the others.
 */
export class WebhookRunner {
  readonly #parts: RunnerParts;
  readonly #busy = new Map<string, Promise<void>>();
  readonly #outages: OutageLog;
  #isNotified = false;
  #notify: (() => void) | null = null;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
    const lines = { failed: 'webhooks failed and will be tried again', recovered: 'webhooks work again' };
    this.#outages = new OutageLog(parts.log, lines);
  }

  /** Must be called after every batch. It costs next to nothing while there are no endpoints. */
  wake(): void {
    this.#isNotified = true;
    this.#notify?.();
  }

  /** Delivers until the signal aborts, and settles soon after. Never rejects. */
  async lead(signal: AbortSignal): Promise<void> {
    if (!this.#parts.isActive) return;
    while (!signal.aborted) {
      const endpoints = await this.#attempt('webhooks', () => this.#enabled());
      for (const { endpointId } of endpoints ?? []) {
        for (const of of EVENT_CLASSES) this.#start(endpointId, of, signal);
      }
      if (endpoints) this.#parts.delivery.ages.keep(endpoints.map(({ endpointId }) => endpointId));
      await this.#pause((endpoints?.length ?? 0) > 0, signal);
    }
    await Promise.all(this.#busy.values());
    // The next leader reports the ages from here on.
    this.#parts.delivery.ages.keep([]);
  }

  /** Delivers to all endpoints, one after another, until nothing is due now. Rejects as the store does. */
  async deliverNow(signal: AbortSignal = new AbortController().signal): Promise<void> {
    for (const { endpointId } of await this.#enabled()) {
      for (const of of EVENT_CLASSES) {
        await this.#busy.get(queueKey(endpointId, of));
        await this.#serve(endpointId, of, signal);
      }
    }
  }

  /**
   * Resolves with the oldest position of the enabled endpoints, up to which the ledger may be trimmed; null without
   * any.
   */
  async reached(): Promise<MovementId | null> {
    const endpoints = await this.#enabled();
    if (endpoints.length === 0) return null;
    const view = await this.#parts.read({ documents: endpoints.flatMap(({ endpointId }) => queueKeys(endpointId)) });
    const cursors = endpoints.flatMap(({ endpointId }) =>
      EVENT_CLASSES.flatMap((of) => {
        const cursor = queueIn(view, endpointId, of).value?.cursor;
        return cursor === undefined ? [] : this.#parts.delivery.positions.reached(queueKey(endpointId, of), cursor);
      }),
    );
    return cursors.sort(compareMovements)[0] ?? null;
  }

  async #enabled(): Promise<Endpoint[]> {
    const { value } = endpointsIn(await this.#parts.read({ documents: [ENDPOINTS_KEY] }));
    return value.filter(({ disabled }) => disabled === null);
  }

  #start(endpointId: string, of: EventClass, signal: AbortSignal): void {
    const key = queueKey(endpointId, of);
    if (this.#busy.has(key)) return;
    const serving = this.#attempt(`${endpointId} ${of}`, () => this.#serve(endpointId, of, signal)).then(() => {
      this.#busy.delete(key);
    });
    this.#busy.set(key, serving);
  }

  async #serve(endpointId: string, of: EventClass, signal: AbortSignal): Promise<void> {
    for (let isMore = true; isMore && !signal.aborted; )
      isMore = await this.#parts.delivery.run(endpointId, of, signal);
  }

  /** Waits for the next sweep. If there are endpoints, a change ends the wait. Without any, it ends a rest. */
  async #pause(hasEndpoints: boolean, signal: AbortSignal): Promise<void> {
    await pause(DELIVERY_GAP_MS, signal);
    if (!hasEndpoints) await pause(DELIVERY_SWEEP_MS, signal);
    const longestMs = hasEndpoints ? DELIVERY_SWEEP_MS : this.#parts.pace.ms - DELIVERY_SWEEP_MS;
    if (!this.#isNotified && longestMs > 0) await this.#untilNotified(longestMs, signal);
    this.#isNotified = false;
  }

  async #untilNotified(longestMs: number, signal: AbortSignal): Promise<void> {
    const notified = new AbortController();
    this.#notify = () => notified.abort();
    await pause(longestMs, AbortSignal.any([signal, notified.signal]));
    this.#notify = null;
  }

  /** The log names the endpoint's id only, because its URL may contain a secret. */
  #attempt<T>(name: string, work: () => Promise<T>): Promise<T | null> {
    return this.#outages.attempt(work, { webhooks: name }, name);
  }
}
