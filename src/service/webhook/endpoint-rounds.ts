import type { MovementId } from '../../domain/records.ts';
import type { Step } from '../../domain/steps.ts';
import type { Snapshot } from '../../store/store.ts';
import { ServiceFailure } from '../failures.ts';
import type { Call } from '../inputs.ts';
import type { Decision } from '../mutation.ts';
import type { Transactor } from '../transactor.ts';
import type { Delivered, WebhookSender } from './deliver.ts';
import { type Intake, type IntakeParts, takeIn } from './intake.ts';
import type { RetrySchedule } from './retry-schedule.ts';
import { type RoundResult, settleRound, type Told } from './round-outcome.ts';
import { payloadOf } from './webhook-payload.ts';
import { deadKey, ENDPOINTS_KEY, keptDead, keptEndpoints, keptQueue, putKept, queueKey } from './webhook-documents.ts';
import { type Endpoint, eventIdOf, PENDING_MAX, type Queue } from './webhook-words.ts';

/** Events of one round: what a crash may repeat. */
const ROUND_EVENTS_MAX = 100;
const PARALLEL_MAX = 8;
/** So many failures without any success say that the endpoint is down: the others are not tried for now. */
const FAILURES_IN_A_ROW_MAX = 8;
/** A cursor that has only passed over what nobody asked for is written this seldom. */
const UNSAVED_ENTRIES_MAX = 5_000;
const UNSAVED_MS_MAX = 30_000;

export const WEBHOOKS: Call = {
  caller: { kind: 'operator', principal: 'webhooks', cartId: null, customer: null },
};

export interface RoundParts extends IntakeParts {
  shop: string;
  transactor: Transactor;
  sender: WebhookSender;
  schedule: RetrySchedule;
}

interface Position {
  saved: MovementId;
  reached: MovementId;
  unsaved: number;
  savedAtMs: number;
}

/** Tells endpoints what is due and what is new. The cursor and what waits are written behind the work, in one transaction. */
export class EndpointRounds {
  readonly #parts: RoundParts;
  readonly #positions = new Map<string, Position>();
  readonly counts = { webhooksDelivered: 0, webhooksFailed: 0, webhooksDead: 0, webhookEndpointsDisabled: 0 };

  constructor(parts: RoundParts) {
    this.#parts = parts;
  }

  /** One round for one endpoint; resolves with whether another one would find something at once. Rejects as the store does. */
  async run(endpointId: string, signal: AbortSignal): Promise<boolean> {
    const view = await this.#parts.read({ documents: [ENDPOINTS_KEY, queueKey(endpointId)] });
    const endpoint = keptEndpoints(view).value.find((one) => one.endpointId === endpointId);
    const queue = keptQueue(view, endpointId).value;
    if (!endpoint || endpoint.disabled !== null || !queue || queue.restUntil > view.at) return false;
    const position = this.#position(endpointId, queue);
    const due = queue.waiting.filter(({ nextAt }) => nextAt <= view.at);
    const retries = due.slice(0, ROUND_EVENTS_MAX);
    const room = Math.min(ROUND_EVENTS_MAX - retries.length, PENDING_MAX - queue.waiting.length);
    const intake = room > 0 ? await takeIn(this.#parts, endpoint, { after: position.reached, room }) : NOTHING;
    const told = await this.#tell(
      endpoint,
      [
        ...retries.map((occurrence) => ({ occurrence, isWaiting: true })),
        ...intake.occurrences.map((occurrence) => ({ occurrence, isWaiting: false })),
      ],
      signal,
    );
    position.reached = intake.through ?? position.reached;
    position.unsaved += intake.entries;
    const result = { from: queue.cursor, through: position.reached, told, isDown: isDown(told) };
    if (told.length === 0 && intake.remember.length === 0 && !isTimeToSave(position)) return intake.more;
    // Retries that took all the room may have made some.
    const isMore = room > 0 ? intake.more : retries.length > 0;
    const { isOpen } = await this.#save(endpointId, result, intake.remember);
    this.#positions.delete(endpointId);
    return isOpen && isMore;
  }

  /** Where to read on: further than was saved, if this process has read what nobody asked for. */
  #position(endpointId: string, { cursor }: Queue): Position {
    const known = this.#positions.get(endpointId);
    if (known?.saved === cursor) return known;
    const position = { saved: cursor, reached: cursor, unsaved: 0, savedAtMs: performance.now() };
    this.#positions.set(endpointId, position);
    return position;
  }

  async #tell(endpoint: Endpoint, items: Omit<Told, 'delivered'>[], signal: AbortSignal): Promise<Told[]> {
    const told: Told[] = [];
    let [next, failures, isOver] = [0, 0, false];
    const work = async (): Promise<void> => {
      for (let item = items[next++]; item !== undefined; item = items[next++]) {
        const delivered = isOver ? ABORTED : await this.#deliver(endpoint, item.occurrence, signal);
        told.push({ ...item, delivered });
        failures = delivered.outcome === 'failed' ? failures + 1 : 0;
        const wantsQuiet = delivered.outcome === 'failed' && delivered.retryAfterMs !== null;
        isOver ||= delivered.outcome === 'gone' || wantsQuiet || failures >= FAILURES_IN_A_ROW_MAX;
      }
    };
    await Promise.all(Array.from({ length: Math.min(PARALLEL_MAX, items.length) }, work));
    return told;
  }

  async #deliver(endpoint: Endpoint, occurrence: Told['occurrence'], signal: AbortSignal): Promise<Delivered> {
    const { shop, read, sender } = this.#parts;
    if (signal.aborted) return ABORTED;
    const { body, at } = await payloadOf({ shop, read }, occurrence);
    const secrets = endpoint.secrets.filter(({ validUntil }) => validUntil === null || validUntil > at);
    const delivered = await sender.deliver(
      { url: endpoint.url, id: eventIdOf(shop, occurrence.id), body, secrets: secrets.map(({ secret }) => secret) },
      signal,
    );
    if (delivered.outcome === 'delivered') this.counts.webhooksDelivered += 1;
    if (delivered.outcome === 'failed' || delivered.outcome === 'gone') this.counts.webhooksFailed += 1;
    return delivered;
  }

  async #save(endpointId: string, result: RoundResult, remember: readonly Step[]): Promise<{ isOpen: boolean }> {
    const saved = await this.#parts.transactor.run({
      procedure: 'webhooks.round',
      input: { endpointId },
      call: WEBHOOKS,
      reads: () => ({ documents: [queueKey(endpointId), deadKey(endpointId), ENDPOINTS_KEY] }),
      compose: (view) => this.#compose(endpointId, view, result, remember),
      answer: () => Promise.resolve({ ok: true, value: { isOpen: true } }),
    });
    if (!saved.ok) throw new ServiceFailure(`what webhooks came to was refused: ${saved.refusal.reason}`);
    return saved.value;
  }

  #compose(
    endpointId: string,
    view: Snapshot,
    result: RoundResult,
    remember: readonly Step[],
  ): Decision<{ isOpen: boolean }> {
    const queue = keptQueue(view, endpointId);
    const dead = keptDead(view, endpointId);
    const marker: Step = { kind: 'put', key: queueKey(endpointId), expect: 'any', body: '' };
    // It was deleted meanwhile. Without a key of the caller's the marker is never sent.
    if (!queue.value) return { unchanged: { isOpen: false }, marker };
    const present = { queue: queue.value, dead: dead.value, at: view.at };
    const settled = settleRound(present, result, this.#parts.schedule);
    const steps: Step[] = [putKept<Queue | null>(queueKey(endpointId), queue, settled.queue)];
    if (settled.died > 0) steps.push(putKept(deadKey(endpointId), dead, settled.dead));
    if (queue.value.cursor === result.from) steps.push(...remember);
    const { disable } = settled;
    if (disable !== null) {
      const endpoints = keptEndpoints(view);
      const changed = endpoints.value.map((one) =>
        one.endpointId === endpointId ? { ...one, disabled: one.disabled ?? disable } : one,
      );
      steps.push(putKept(ENDPOINTS_KEY, endpoints, changed));
    }
    const after = (): { isOpen: boolean } => {
      this.counts.webhooksDead += settled.died;
      if (disable !== null) this.counts.webhookEndpointsDisabled += 1;
      return { isOpen: disable === null };
    };
    return { steps, address: null, after };
  }
}

const ABORTED: Delivered = { outcome: 'aborted' };
const NOTHING: Intake = { occurrences: [], through: null, entries: 0, remember: [], more: false };

const isTimeToSave = ({ unsaved, savedAtMs }: Position): boolean =>
  unsaved >= UNSAVED_ENTRIES_MAX || (unsaved > 0 && performance.now() - savedAtMs >= UNSAVED_MS_MAX);

const isDown = (told: readonly Told[]): boolean =>
  told.some(({ delivered }) => delivered.outcome === 'failed') &&
  !told.some(({ delivered }) => delivered.outcome === 'delivered') &&
  told.length >= FAILURES_IN_A_ROW_MAX;
