import { pauseBy, type Runtime } from '../../runtime/runtime.ts';
import { systemCaller } from '../../contract/calls/call.ts';
import type { KnownLoss } from '../../store/loss-recovery.ts';
import type { Store } from '../../store/store.ts';
import type { Log } from '../../transact/log.ts';
import type { EventService } from '../event/event-api.ts';
import { recordedLoss, recoverStore } from './recovery-service.ts';

export interface ReplayPolicyParts {
  store: Store;
  events: Pick<EventService, 'record'>;
  log: Log;
  runtime: Pick<Runtime, 'setTimer' | 'random'>;
}

const LOOK_EVERY_MS = 1_000;
/**
 * How long no known write must have been added before a replay, because another process may connect a little later and
 * know more writes.
 */
const QUIET_MS = 3_000;
/**
 * The interval varies by up to 255 times this. Processes that replay at the same time would interrupt each other,
 * because a later replay stops an earlier one.
 */
const JITTER_MS = 8;

/**
 * Restores lost writes without an operator, if the processes know all of them (`ON_LOST_WRITES=replay`). Every process
 * of the shop may do it. One that finds the shop's sequence rising leaves it to the process that replays.
 */
export class ReplayPolicy {
  readonly #parts: ReplayPolicyParts;
  readonly #stopping = new AbortController();
  /** The sequence at the last look at the frozen shop. */
  #sequence: number | null = null;
  /** The server's time when the shop was first found frozen; null while it is not. */
  #foundAt: number | null = null;
  #reported = '';

  constructor(parts: ReplayPolicyParts) {
    this.#parts = parts;
  }

  start(): void {
    void this.#run();
  }

  stop(): void {
    this.#stopping.abort();
  }

  async #run(): Promise<void> {
    const { store, log, runtime } = this.#parts;
    const { signal } = this.#stopping;
    const everyMs = LOOK_EVERY_MS + (runtime.random(1)[0] ?? 0) * JITTER_MS;
    while (await pauseBy(runtime, everyMs, signal)) {
      if (!store.isFrozen) this.#sequence = this.#foundAt = null;
      else await this.#look().catch((error: unknown) => log.warn({ err: error }, 'lost writes were not restored yet'));
    }
  }

  async #look(): Promise<void> {
    const known = await this.#parts.store.knownLoss();
    const isQuiet = known?.sequence === this.#sequence;
    this.#sequence = known?.sequence ?? null;
    if (!known) return;
    this.#foundAt ??= known.at;
    // Where no process knows any lost write, none is ever added.
    if (!isQuiet || known.at - (known.addedAt ?? this.#foundAt) < QUIET_MS) return;
    if (known.unknown.length > 0) return this.#report(known);
    await this.#replay(known);
  }

  /** Logs once that the policy cannot help. */
  #report({ loss: { kept, last }, writes, unknown }: KnownLoss): void {
    const found = `${kept} ${last} ${unknown.length}`;
    if (this.#reported === found) return;
    this.#reported = found;
    const fields = { known: writes.length, unknown };
    this.#parts.log.error(
      fields,
      'not all lost writes are known, so the shop stays frozen until an operator recovers it',
    );
  }

  async #replay({ loss: { kept }, writes }: KnownLoss): Promise<void> {
    const { store, events, log } = this.#parts;
    log.warn({ kept, known: writes.length }, 'all lost writes are known, and are applied again');
    const result = await recoverStore({ store, log }, { acceptSequence: kept, replay: true });
    if (!result.ok) return;
    const reason = 'ON_LOST_WRITES=replay';
    await events.record(
      { caller: systemCaller('recovery') },
      { what: 'admin.recover', after: recordedLoss(result.value), reason },
    );
  }
}
