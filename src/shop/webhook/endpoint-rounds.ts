import type { Step } from '../../domain/steps.ts';
import type { Snapshot } from '../../store/store.ts';
import { ServiceFailure } from '../../contract/failures.ts';
import type { Call } from '../../contract/inputs.ts';
import type { Decision } from '../../transact/mutation.ts';
import type { Transactor } from '../../transact/transactor.ts';
import type { Delivered, WebhookSender } from './deliver.ts';
import { superseded } from './coalesce.ts';
import { type Intake, type IntakeParts, takeIn } from './intake.ts';
import type { RetrySchedule } from './retry-schedule.ts';
import { type RoundResult, settleRound, type Handled } from './round-outcome.ts';
import { payloadOf } from './webhook-payload.ts';
import { isTimeToSave, type Position, RoundPositions } from './round-positions.ts';
import { UndeliveredAges } from './undelivered-ages.ts';
import {
  deadKey,
  ENDPOINTS_KEY,
  endOfLedger,
  keptDead,
  keptEndpoints,
  keptQueue,
  putKept,
  queueKey,
  queueKeys,
  restUntil,
} from './webhook-documents.ts';
import {
  type Endpoint,
  type EventClass,
  eventIdOf,
  type Occurrence,
  PENDING_MAX,
  type Queue,
  type Waiting,
  wantsClass,
} from '../../contract/webhook-words.ts';

/** Events of one round: what a crash may repeat. */
const ROUND_EVENTS_MAX = 100;
const PARALLEL_MAX = 8;
/** So many failures without any success say that the endpoint is down: the others are not tried for now. */
const FAILURES_IN_A_ROW_MAX = 8;

export const WEBHOOKS: Call = {
  caller: { kind: 'operator', principal: 'webhooks', cartId: null, customer: null },
};

export interface RoundParts extends IntakeParts {
  shop: string;
  transactor: Transactor;
  sender: WebhookSender;
  schedule: RetrySchedule;
}

/** Tells endpoints what is due and what is new. The cursor and what waits are written behind the work, in one transaction. */
export class EndpointRounds {
  readonly #parts: RoundParts;
  readonly positions = new RoundPositions();
  readonly ages = new UndeliveredAges();
  readonly counts = { webhooksDelivered: 0, webhooksFailed: 0, webhooksDead: 0, webhookEndpointsDisabled: 0 };

  constructor(parts: RoundParts) {
    this.#parts = parts;
  }

  /**
   * Delivers one round of one class of events to one endpoint; resolves with whether another round would find something at
   * once. Rejects as the store does.
   */
  async run(endpointId: string, of: EventClass, signal: AbortSignal): Promise<boolean> {
    const view = await this.#parts.read({ documents: [ENDPOINTS_KEY, ...queueKeys(endpointId)] });
    const endpoint = keptEndpoints(view).value.find((one) => one.endpointId === endpointId);
    const queue = keptQueue(view, endpointId, of).value;
    if (!endpoint || endpoint.disabled !== null || !queue) return false;
    const note = (events: readonly Occurrence[]): void => this.ages.note(endpointId, of, events, view.at);
    note(queue.waiting);
    if (restUntil(view, endpointId) > view.at) return false;
    const position = this.positions.of(queueKey(endpointId, of), queue.cursor);
    const retries = queue.waiting.filter(({ nextAt }) => nextAt <= view.at).slice(0, ROUND_EVENTS_MAX);
    const room = Math.min(ROUND_EVENTS_MAX - retries.length, PENDING_MAX - queue.waiting.length);
    const intake = await this.#takeIn(endpoint, of, { view, position, room });
    note([...queue.waiting, ...intake.occurrences]);
    const handled = await this.#attempt(endpoint, itemsOf(retries, intake.occurrences), signal);
    const through = intake.through ?? position.reached;
    const result = { from: queue.cursor, through, handled, isDown: isDown(handled) };
    // A stretch with results counts as read once they are saved. If that fails, it is read again.
    if (handled.length === 0 && intake.remember.length === 0) {
      position.reached = through;
      position.unsaved += intake.entries;
      if (!isTimeToSave(position)) return intake.more;
    }
    // Retries that took all the room may have made some.
    const isMore = room > 0 ? intake.more : retries.length > 0;
    const { isOpen, waiting } = await this.#save(endpointId, of, result, intake.remember);
    // Where more waits in the ledger, the next round knows its age.
    if (!isMore) note(waiting);
    this.positions.forget(queueKey(endpointId, of));
    return isOpen && isMore;
  }

  async #takeIn(
    endpoint: Endpoint,
    of: EventClass,
    { view, position, room }: { view: Snapshot; position: Position; room: number },
  ): Promise<Intake> {
    if (room <= 0) return NOTHING;
    if (wantsClass(endpoint, of)) return takeIn(this.#parts, endpoint, of, { after: position.reached, room });
    const through = endOfLedger(view);
    return { ...NOTHING, through, entries: Number(through !== position.reached) };
  }

  async #attempt(endpoint: Endpoint, { items, handled }: RoundItems, signal: AbortSignal): Promise<Handled[]> {
    let [next, failures, isOver] = [0, 0, false];
    const work = async (): Promise<void> => {
      for (let item = items[next++]; item !== undefined; item = items[next++]) {
        const delivered = isOver ? ABORTED : await this.#deliver(endpoint, item.occurrence, signal);
        handled.push({ ...item, delivered });
        failures = delivered.outcome === 'failed' ? failures + 1 : 0;
        const wantsQuiet = delivered.outcome === 'failed' && delivered.retryAfterMs !== null;
        isOver ||= delivered.outcome === 'gone' || wantsQuiet || failures >= FAILURES_IN_A_ROW_MAX;
      }
    };
    await Promise.all(Array.from({ length: Math.min(PARALLEL_MAX, items.length) }, work));
    return handled;
  }

  async #deliver(endpoint: Endpoint, occurrence: Handled['occurrence'], signal: AbortSignal): Promise<Delivered> {
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

  async #save(endpointId: string, of: EventClass, result: RoundResult, remember: readonly Step[]): Promise<Saved> {
    const saved = await this.#parts.transactor.run({
      procedure: 'webhooks.round',
      input: { endpointId, of },
      call: WEBHOOKS,
      reads: () => ({ documents: [...queueKeys(endpointId), deadKey(endpointId), ENDPOINTS_KEY] }),
      compose: (view) => this.#compose(endpointId, of, view, result, remember),
      answer: () => Promise.resolve({ ok: true, value: { isOpen: true, waiting: [] } }),
    });
    if (!saved.ok) throw new ServiceFailure(`what webhooks came to was refused: ${saved.refusal.reason}`);
    return saved.value;
  }

  #compose(
    endpointId: string,
    of: EventClass,
    view: Snapshot,
    result: RoundResult,
    remember: readonly Step[],
  ): Decision<Saved> {
    const queue = keptQueue(view, endpointId, of);
    const money = keptQueue(view, endpointId, 'money');
    const dead = keptDead(view, endpointId);
    const marker: Step = { kind: 'put', key: queueKey(endpointId, of), expect: 'any', body: '' };
    // It was deleted meanwhile. Without a key of the caller's the marker is never sent.
    if (!queue.value) return { unchanged: { isOpen: false, waiting: [] }, noopStep: marker };
    const present = { queue: queue.value, dead: dead.value, at: view.at };
    const settled = settleRound(present, result, this.#parts.schedule);
    const steps: Step[] = [putKept<Queue | null>(queueKey(endpointId, of), queue, settled.queue)];
    // The queue of money begins where this one is, so it has to be written before this one goes on.
    if (of === 'other' && money.version === 'absent')
      steps.push(putKept(queueKey(endpointId, 'money'), money, money.value));
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
    const after = (): Saved => {
      this.counts.webhooksDead += settled.died;
      if (disable !== null) this.counts.webhookEndpointsDisabled += 1;
      return { isOpen: disable === null, waiting: settled.queue.waiting };
    };
    return { steps, address: null, answerFromCommit: after };
  }
}

const ABORTED: Delivered = { outcome: 'aborted' };
const NOTHING: Intake = { occurrences: [], through: null, entries: 0, remember: [], more: false };

interface Saved {
  isOpen: boolean;
  waiting: readonly Occurrence[];
}

/** The events that a round has to send, and those that it does not send because a later one supersedes them. */
interface RoundItems {
  items: Omit<Handled, 'delivered'>[];
  handled: Handled[];
}

function itemsOf(retries: readonly Waiting[], fresh: readonly Occurrence[]): RoundItems {
  const overtaken = superseded([...retries, ...fresh]);
  const all = [
    ...retries.map((occurrence) => ({ occurrence, isWaiting: true })),
    ...fresh.map((occurrence) => ({ occurrence, isWaiting: false })),
  ];
  return {
    items: all.filter(({ occurrence }) => !overtaken.has(occurrence.id)),
    handled: all.flatMap((item) =>
      overtaken.has(item.occurrence.id) ? { ...item, delivered: { outcome: 'superseded' as const } } : [],
    ),
  };
}

const isDown = (handled: readonly Handled[]): boolean =>
  handled.some(({ delivered }) => delivered.outcome === 'failed') &&
  !handled.some(({ delivered }) => delivered.outcome === 'delivered') &&
  handled.filter(({ delivered }) => delivered.outcome !== 'superseded').length >= FAILURES_IN_A_ROW_MAX;
