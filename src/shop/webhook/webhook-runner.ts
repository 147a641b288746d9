import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../transact/log.ts';
import { compareMovements } from '../../domain/movement-ids.ts';
import type { MovementId } from '../../domain/records.ts';
import type { Read } from '../stock/stock-reader.ts';
import type { EndpointRounds } from './endpoint-rounds.ts';
import { ENDPOINTS_KEY, keptEndpoints, keptQueue, queueKey, queueKeys } from './webhook-documents.ts';
import { type Endpoint, EVENT_CLASSES, type EventClass } from '../../contract/webhook-words.ts';

/** How soon the leading process notices what another one did, and what has become due. */
const SWEEP_MS = 1_000;
/** Changes that follow each other closer than this are looked at together. */
const GAP_MS = 50;

export interface RunnerParts {
  rounds: EndpointRounds;
  read: Read;
  /** False: this process has nothing to send with. */
  isActive: boolean;
  log: Log;
}

/**
 * Delivers to every endpoint, each at its own pace: one that is slow or away does not hold up another one. Both classes of
 * events of an endpoint go side by side, so that events of money do not wait behind the others.
 */
export class WebhookRunner {
  readonly #parts: RunnerParts;
  readonly #busy = new Map<string, Promise<void>>();
  readonly #failing = new Set<string>();
  #isPoked = false;
  #poke: (() => void) | null = null;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
  }

  /** To be told of every batch, and of every change of endpoints. It costs next to nothing while there are none. */
  wake(): void {
    this.#isPoked = true;
    this.#poke?.();
  }

  /** Runs until the signal aborts, and settles soon after. Never rejects. */
  async lead(signal: AbortSignal): Promise<void> {
    if (!this.#parts.isActive) return;
    while (!signal.aborted) {
      const endpoints = await this.#attempt('webhooks', () => this.#enabled());
      for (const { endpointId } of endpoints ?? []) {
        for (const of of EVENT_CLASSES) this.#start(endpointId, of, signal);
      }
      if (endpoints) this.#parts.rounds.ages.keep(endpoints.map(({ endpointId }) => endpointId));
      await this.#pause((endpoints?.length ?? 0) > 0, signal);
    }
    await Promise.all(this.#busy.values());
    // The next leader knows from here on.
    this.#parts.rounds.ages.keep([]);
  }

  /** One pass over all endpoints until nothing is to be done now. Rejects as the store does. */
  async deliverNow(signal: AbortSignal = new AbortController().signal): Promise<void> {
    for (const { endpointId } of await this.#enabled()) {
      for (const of of EVENT_CLASSES) {
        await this.#busy.get(queueKey(endpointId, of));
        await this.#serve(endpointId, of, signal);
      }
    }
  }

  /** How far the endpoints have come that are not disabled; the ledger may be trimmed up to the first of them. */
  async reached(): Promise<MovementId | null> {
    const endpoints = await this.#enabled();
    if (endpoints.length === 0) return null;
    const view = await this.#parts.read({ documents: endpoints.flatMap(({ endpointId }) => queueKeys(endpointId)) });
    const cursors = endpoints.flatMap(({ endpointId }) =>
      EVENT_CLASSES.flatMap((of) => {
        const cursor = keptQueue(view, endpointId, of).value?.cursor;
        return cursor === undefined ? [] : this.#parts.rounds.positions.reached(queueKey(endpointId, of), cursor);
      }),
    );
    return cursors.sort(compareMovements)[0] ?? null;
  }

  async #enabled(): Promise<Endpoint[]> {
    const { value } = keptEndpoints(await this.#parts.read({ documents: [ENDPOINTS_KEY] }));
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
    for (let isMore = true; isMore && !signal.aborted; ) isMore = await this.#parts.rounds.run(endpointId, of, signal);
  }

  /** To the next sweep; where somebody is to be told, only until something has changed. */
  async #pause(isToBePoked: boolean, signal: AbortSignal): Promise<void> {
    await rest(GAP_MS, signal);
    if (isToBePoked && !this.#isPoked) {
      const poked = new AbortController();
      this.#poke = () => poked.abort();
      await rest(SWEEP_MS, AbortSignal.any([signal, poked.signal]));
      this.#poke = null;
    } else if (!isToBePoked) await rest(SWEEP_MS, signal);
    this.#isPoked = false;
  }

  /** The next pass tries again, so a failure is only told, once for each outage. The URL stays out: it may hold a secret. */
  async #attempt<T>(name: string, work: () => Promise<T>): Promise<T | null> {
    try {
      const done = await work();
      if (this.#failing.delete(name)) this.#parts.log.info({ webhooks: name }, 'webhooks work again');
      return done;
    } catch (error) {
      if (!this.#failing.has(name)) {
        this.#parts.log.warn({ err: error, webhooks: name }, 'webhooks failed and will be tried again');
      }
      this.#failing.add(name);
      return null;
    }
  }
}

/** Resolves after the time, or as soon as the signal aborts. */
const rest = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal, ref: false }).catch(() => undefined);
