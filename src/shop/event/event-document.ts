import { DAY_MS } from '../../domain/limits.ts';
import type { AdminEvent } from '../../contract/outputs/admin-outputs.ts';
import type { Call } from '../../contract/calls/call.ts';
import type { Settings } from '../../contract/settings.ts';
import type { DocumentRecord } from '../../domain/records.ts';
import type { PutStep } from '../../domain/steps.ts';
import type { Ids } from '../../transact/documents/ids.ts';
import { eventKey } from '../../transact/documents/names.ts';

/** An action of an operator. `what` is the name of the procedure, or one of `FREQUENT`. */
export type EventDetails = Pick<AdminEvent, 'what' | 'before' | 'after'> & { reason?: string | undefined };

export interface EventParts {
  settings: Pick<Settings, 'orderRetentionMs'>;
  ids: Ids;
}

/** Events that programs cause and not people. They are kept for a shorter time, because there may be many of them. */
const FREQUENT: ReadonlySet<string> = new Set(['session.create', 'contacts.read', 'login.failed']);
const FREQUENT_KEPT_MS = 30 * DAY_MS;

/** The stored body. The time of the transaction is the due time of the document minus `keptMs`. */
interface EventBody extends Omit<AdminEvent, 'at'> {
  keptMs: number;
}

/** Returns the step that records an event. It belongs into the transaction that makes the change. */
export function eventStep(
  { settings, ids }: EventParts,
  { caller }: Call,
  { what, before, after, reason }: EventDetails,
): PutStep {
  const { orderRetentionMs } = settings;
  const keptMs = FREQUENT.has(what) ? Math.min(orderRetentionMs, FREQUENT_KEPT_MS) : orderRetentionMs;
  const body: EventBody = {
    by: caller.principal,
    what,
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
    ...(reason === undefined ? {} : { reason }),
    ...(caller.client === undefined ? {} : { from: caller.client }),
    keptMs,
  };
  const key = eventKey(ids.nextId('evt_'));
  return { kind: 'put', key, expect: 'absent', body: JSON.stringify(body), list: 'events', dueInMs: keptMs };
}

/**
 * Returns the step that records the reason of a change that the ledger does not have, because it moves no units.
 * A change without a reason leaves no event, because programs may make many such changes.
 */
export const reasonSteps = (parts: EventParts, call: Call, event: EventDetails): PutStep[] =>
  event.reason === undefined ? [] : [eventStep(parts, call, event)];

/** Returns the event of a record; null for a record that cannot be read. */
export function eventIn({ body, dueAt }: DocumentRecord): AdminEvent | null {
  try {
    const { keptMs, ...event } = JSON.parse(body) as EventBody;
    return { at: (dueAt ?? keptMs) - keptMs, ...event };
  } catch {
    return null;
  }
}
