import { type Call, invalid, ok, type Result, ServiceFailure } from '../../contract/calls/call.ts';
import type { AdminEvent } from '../../contract/outputs/admin-outputs.ts';
import type { PageInput } from '../../contract/inputs/inputs.ts';
import type { Page } from '../../contract/output-fields.ts';
import { cutPage, decodeCursor, encodeCursor, pageLimit } from '../../contract/calls/paging.ts';
import { ID_PATTERN } from '../../domain/limits.ts';
import type { Store } from '../../store/store.ts';
import { isEvent } from '../../transact/documents/names.ts';
import type { Transactor } from '../../transact/transactor.ts';
import type { EventService } from './event-api.ts';
import { type EventDetails, eventIn, type EventParts, eventStep } from './event-document.ts';

export interface EventServiceParts extends EventParts {
  store: Pick<Store, 'listDocuments'>;
  transactor: Transactor;
}

/** Creates the service of events. Only this folder writes events, and only their retention deletes them. */
export const createEventService = (parts: EventServiceParts): EventService => ({
  list: (input) => listEvents(parts, input),
  record: (call, event) => recordEvent(parts, call, event),
});

async function listEvents({ store }: EventServiceParts, input: PageInput): Promise<Result<Page<AdminEvent>>> {
  const limit = pageLimit(input);
  if (!limit.ok) return limit;
  const cursor = decodeCursor<[string]>('events', ['string'], input.cursor);
  if (!cursor.ok) return cursor;
  const before = cursor.value?.[0];
  if (before !== undefined && !(isEvent(before) && ID_PATTERN.test(before))) {
    return invalid('cursor', 'is not a cursor of this list');
  }
  const page = { ...(before === undefined ? {} : { before }), limit: limit.value + 1 };
  const found = await store.listDocuments({ list: 'events', ...page });
  const { items, ...next } = cutPage(found, limit.value, eventIn, ({ key }) => encodeCursor('events', [key]));
  return ok({ items: items.flatMap((event) => event ?? []), ...next });
}

async function recordEvent(parts: EventServiceParts, { caller }: Call, event: EventDetails): Promise<void> {
  const result = await parts.transactor.run<null>({
    procedure: 'events.record',
    input: event,
    call: { caller },
    reads: null,
    compose: () => ({ steps: [eventStep(parts, { caller }, event)], address: null, answerFromCommit: () => null }),
    answer: () => Promise.resolve(ok(null)),
  });
  if (!result.ok) throw new ServiceFailure(`an event was refused: ${result.refusal.reason}`);
}
