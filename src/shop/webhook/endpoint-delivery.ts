import { idAfter, idBefore } from '../../domain/movement-ids.ts';
import type { MovementId } from '../../domain/records.ts';
import type { Step } from '../../domain/steps.ts';
import type { Snapshot } from '../../store/store.ts';
import { ServiceFailure, systemCaller } from '../../contract/calls/call.ts';
import type { Decision } from '../../transact/mutation.ts';
import type { Transactor } from '../../transact/transactor.ts';
import type { Delivered, WebhookSender } from './webhook-sender.ts';
import { superseded } from './ledger-facts.ts';
import { type CollectedEvents, type EventSource, collectEvents } from './collect-events.ts';
import { type RetrySchedule, type RoundResult, settleRound, type DeliveryAttempt } from './round-outcome.ts';
import { payloadOf } from './webhook-payload.ts';
import { keepStep } from './recent-deliveries.ts';
import { isTimeToSave, type Position, QueuePositions } from './queue-positions.ts';
import { UndeliveredAges } from './undelivered-ages.ts';
import type { DataSeal } from '../../transact/documents/data-seal.ts';
import { type OpenSpan, traceparentOf, type Tracing } from '../../transact/tracing.ts';
import { openSecrets } from './endpoint-secrets.ts';
import { putDocument } from '../../transact/documents/json-document.ts';
import {
  deadKey,
  ENDPOINTS_KEY,
  deadLettersIn,
  endpointsIn,
  queueIn,
  queueKey,
  queueKeys,
  restUntil,
  sentKey,
} from './webhook-documents.ts';
import {
  type Endpoint,
  type EventClass,
  eventIdOf,
  type EventOrigin,
  movementOf,
  originOf,
  type WebhookEvent,
  PENDING_MAX,
  type Queue,
  type WaitingEvent,
  wantsClass,
} from '../../contract/webhook-records.ts';

/** The most events of one round. After a crash that many may be sent again. */
const ROUND_EVENTS_MAX = 100;
const ATTEMPTS_PARALLEL_MAX = 8;
/** After this many failures in a row the endpoint counts as down, and the round sends nothing more. */
const FAILURES_IN_A_ROW_MAX = 8;

interface EndpointDeliveryParts extends EventSource {
  shop: string;
  transactor: Transactor;
  seal: DataSeal;
  sender: WebhookSender;
  tracing: Tracing | null;
  schedule: RetrySchedule;
}

/**
 * Sends due retries and new events to endpoints. The cursor and the waiting events are saved after the sending, in one
 * transaction.
 */
export class EndpointDelivery {
  readonly #parts: EndpointDeliveryParts;
  readonly positions = new QueuePositions();
  readonly ages = new UndeliveredAges();
  readonly counts = { webhooksDelivered: 0, webhooksFailed: 0, webhooksDead: 0, webhookEndpointsDisabled: 0 };

  constructor(parts: EndpointDeliveryParts) {
    this.#parts = parts;
  }

  /**
   * Delivers one round of one class of events to one endpoint. Resolves with whether more events are due now. Rejects
   * as the store does.
   */
  async run(endpointId: string, of: EventClass, signal: AbortSignal): Promise<boolean> {
    const view = await this.#parts.read({ documents: [ENDPOINTS_KEY, ...queueKeys(endpointId)] });
    const endpoint = endpointsIn(view).value.find((one) => one.endpointId === endpointId);
    const queue = queueIn(view, endpointId, of).value;
    if (!endpoint || endpoint.disabled !== null || !queue) return false;
    const note = (events: readonly WebhookEvent[]): void => this.ages.note(endpointId, of, events, view.at);
    note(queue.waiting);
    if (restUntil(view, endpointId) > view.at) return false;
    const position = this.positions.of(queueKey(endpointId, of), queue.cursor);
    const retries = queue.waiting.filter(({ nextAt }) => nextAt <= view.at).slice(0, ROUND_EVENTS_MAX);
    const room = Math.min(ROUND_EVENTS_MAX - retries.length, PENDING_MAX - queue.waiting.length);
    const collected = await this.#collectEvents(endpoint, of, { view, position, room });
    note([...queue.waiting, ...collected.events]);
    const attempts = await this.#attempt(endpoint, itemsOf(retries, collected.events), signal);
    const through = collected.lastEntryId ?? position.reached;
    const result = { from: queue.cursor, through, attempts, isDown: isDown(attempts) };
    // Entries with results count as read once the results are saved. If that fails, they are read again.
    if (attempts.length === 0 && collected.remember.length === 0) {
      position.reached = through;
      position.unsaved += collected.entries;
      if (!isTimeToSave(position)) return collected.more;
    }
    // A round full of retries may have made room.
    const isMore = room > 0 ? collected.more : retries.length > 0;
    const { isOpen, waiting } = await this.#save(endpointId, of, result, collected.remember);
    // If the ledger has more, the next round notes the ages.
    if (!isMore) note(waiting);
    this.positions.forget(queueKey(endpointId, of));
    return isOpen && isMore;
  }

  async #collectEvents(
    endpoint: Endpoint,
    of: EventClass,
    { view, position, room }: { view: Snapshot; position: Position; room: number },
  ): Promise<CollectedEvents> {
    if (room <= 0) return NO_EVENTS;
    if (wantsClass(endpoint, of)) return collectEvents(this.#parts, endpoint, of, { after: position.reached, room });
    const lastEntryId = idAfter(view.sequence);
    return { ...NO_EVENTS, lastEntryId, entries: Number(lastEntryId !== position.reached) };
  }

  async #attempt(endpoint: Endpoint, { items, attempts }: RoundItems, signal: AbortSignal): Promise<DeliveryAttempt[]> {
    let [next, failures, isOver] = [0, 0, false];
    const work = async (): Promise<void> => {
      for (let item = items[next++]; item !== undefined; item = items[next++]) {
        const tried = isOver ? NOT_SENT : await this.#deliver(endpoint, item.event, signal);
        const { delivered } = tried;
        attempts.push({ ...item, ...tried });
        failures = delivered.outcome === 'failed' ? failures + 1 : 0;
        const wantsQuiet = delivered.outcome === 'failed' && delivered.retryAfterMs !== null;
        isOver ||= delivered.outcome === 'gone' || wantsQuiet || failures >= FAILURES_IN_A_ROW_MAX;
      }
    };
    await Promise.all(Array.from({ length: Math.min(ATTEMPTS_PARALLEL_MAX, items.length) }, work));
    return attempts;
  }

  async #deliver(endpoint: Endpoint, event: DeliveryAttempt['event'], signal: AbortSignal): Promise<Tried> {
    const { shop, sender, seal } = this.#parts;
    if (signal.aborted) return NOT_SENT;
    const origin = event.origin ?? (await this.#originOf(movementOf(event)));
    const { body, at } = await payloadOf(this.#parts, { event, origin }, endpoint);
    const secrets = endpoint.secrets.filter(({ validUntil }) => validUntil === null || validUntil > at);
    const span = this.#spanOf(event, origin, endpoint);
    const began = performance.now();
    const delivered = await sender.deliver(
      {
        url: endpoint.url,
        id: eventIdOf(shop, event.id),
        body,
        traceparent: span ? traceparentOf(span.context) : origin.traceparent,
        secrets: openSecrets(seal, endpoint.endpointId, secrets),
      },
      signal,
    );
    span?.delivered(delivered.outcome, 'status' in delivered ? delivered.status : '');
    if (delivered.outcome === 'delivered') this.counts.webhooksDelivered += 1;
    if (delivered.outcome === 'failed' || delivered.outcome === 'gone') this.counts.webhooksFailed += 1;
    return { delivered, sent: { at, tookMs: Math.round(performance.now() - began) } };
  }

  #spanOf(event: DeliveryAttempt['event'], origin: EventOrigin, { endpointId }: Endpoint): OpenSpan | undefined {
    const { shop, tracing } = this.#parts;
    const { type, attempts = 0 } = event;
    const eventId = eventIdOf(shop, event.id);
    return tracing?.delivery({ type, eventId, endpointId, attempt: attempts + 1, ...origin });
  }

  /** Reads the origin of an event from the ledger. It is empty if the ledger no longer has the entry. */
  async #originOf(id: MovementId): Promise<EventOrigin> {
    const [entry] = await this.#parts.store.feed({ after: idBefore(id), limit: 1 });
    return entry?.id === id ? originOf(entry.cause) : {};
  }

  async #save(endpointId: string, of: EventClass, result: RoundResult, remember: readonly Step[]): Promise<Saved> {
    const saved = await this.#parts.transactor.run({
      procedure: 'webhooks.round',
      input: { endpointId, of },
      call: { caller: systemCaller('webhooks') },
      reads: () => ({
        documents: [...queueKeys(endpointId), sentKey(endpointId, of), deadKey(endpointId), ENDPOINTS_KEY],
      }),
      compose: (view) => this.#compose(endpointId, of, view, result, remember),
      answer: () => Promise.resolve({ ok: true, value: { isOpen: true, waiting: [] } }),
    });
    if (!saved.ok) throw new ServiceFailure(`saving the results of webhooks was refused: ${saved.refusal.reason}`);
    return saved.value;
  }

  #compose(
    endpointId: string,
    of: EventClass,
    view: Snapshot,
    result: RoundResult,
    remember: readonly Step[],
  ): Decision<Saved> {
    const queue = queueIn(view, endpointId, of);
    const money = queueIn(view, endpointId, 'money');
    const dead = deadLettersIn(view, endpointId);
    const noopStep: Step = { kind: 'put', key: queueKey(endpointId, of), expect: 'any', body: '' };
    // The endpoint has been deleted. The noop step is sent only for calls with an idempotency key, so never here.
    if (!queue.value) return { unchanged: { isOpen: false, waiting: [] }, noopStep };
    const present = { queue: queue.value, dead: dead.value, at: view.at };
    const settled = settleRound(present, result, this.#parts.schedule);
    const steps: Step[] = [putDocument<Queue | null>(queueKey(endpointId, of), queue, settled.queue)];
    // A missing money queue starts at this queue's cursor, so it has to be written before this cursor moves.
    if (of === 'other' && money.version === 'absent')
      steps.push(putDocument(queueKey(endpointId, 'money'), money, money.value));
    if (settled.died > 0) steps.push(putDocument(deadKey(endpointId), dead, settled.dead));
    steps.push(...keepStep(view, endpointId, of, result.attempts));
    if (queue.value.cursor === result.from) steps.push(...remember);
    const { disable } = settled;
    if (disable !== null) {
      const endpoints = endpointsIn(view);
      const changed = endpoints.value.map((one) =>
        one.endpointId === endpointId ? { ...one, disabled: one.disabled ?? disable } : one,
      );
      steps.push(putDocument(ENDPOINTS_KEY, endpoints, changed));
    }
    const answerFromCommit = (): Saved => {
      this.counts.webhooksDead += settled.died;
      if (disable !== null) this.counts.webhookEndpointsDisabled += 1;
      return { isOpen: disable === null, waiting: settled.queue.waiting };
    };
    return { steps, address: null, answerFromCommit };
  }
}

interface Tried extends Pick<DeliveryAttempt, 'sent'> {
  delivered: Delivered;
}

const NOT_SENT: Tried = { delivered: { outcome: 'aborted' } };
const NO_EVENTS: CollectedEvents = { events: [], lastEntryId: null, entries: 0, remember: [], more: false };

interface Saved {
  isOpen: boolean;
  waiting: readonly WebhookEvent[];
}

/**
 * The events that a round sends, and the results of those that it does not send because a later one supersedes them.
 */
interface RoundItems {
  items: Omit<DeliveryAttempt, 'delivered'>[];
  attempts: DeliveryAttempt[];
}

function itemsOf(retries: readonly WaitingEvent[], fresh: readonly WebhookEvent[]): RoundItems {
  const overtaken = superseded([...retries, ...fresh]);
  const all = [
    ...retries.map((event) => ({ event, isWaiting: true })),
    ...fresh.map((event) => ({ event, isWaiting: false })),
  ];
  return {
    items: all.filter(({ event }) => !overtaken.has(event.id)),
    attempts: all.flatMap((item) =>
      overtaken.has(item.event.id) ? { ...item, delivered: { outcome: 'superseded' as const } } : [],
    ),
  };
}

const isDown = (attempts: readonly DeliveryAttempt[]): boolean =>
  attempts.some(({ delivered }) => delivered.outcome === 'failed') &&
  !attempts.some(({ delivered }) => delivered.outcome === 'delivered') &&
  attempts.filter(({ delivered }) => delivered.outcome !== 'superseded').length >= FAILURES_IN_A_ROW_MAX;
