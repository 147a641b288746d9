import type { Call, Query } from '../../contract/calls/call.ts';
import type { AdminEvent } from '../../contract/outputs/admin-outputs.ts';
import type { PageInput } from '../../contract/inputs/inputs.ts';
import type { Page } from '../../contract/output-fields.ts';
import type { EventDetails } from './event-document.ts';

export interface EventService {
  /** Returns the actions of operators, the newest first. */
  list: Query<PageInput, Page<AdminEvent>>;
  /** Records an event in a transaction of its own. Rejects as every mutation does. */
  record(call: Call, event: EventDetails): Promise<void>;
}
