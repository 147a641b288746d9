import { z } from 'zod';
import { WEBHOOK_EVENTS, WEBHOOK_URL_CHARS_MAX } from './webhook-records.ts';
import { flag, id, keyed, page, text } from './fields.ts';

/** The inputs of `webhooks.*`. */

const takesUrl = { error: `takes a URL of 1 to ${WEBHOOK_URL_CHARS_MAX} printable ASCII characters` };
const url = z
  .string(takesUrl)
  .max(WEBHOOK_URL_CHARS_MAX, takesUrl)
  .regex(/^[\x21-\x7e]+$/, takesUrl);

const takesEvents = { error: `takes some of ${WEBHOOK_EVENTS.join(', ')}` };
const events = z
  .array(z.enum(WEBHOOK_EVENTS, takesEvents), takesEvents)
  .min(1, takesEvents)
  .max(WEBHOOK_EVENTS.length, takesEvents);

const EVENT_IDS_MAX = 500;
const takesEventIds = { error: `takes 1 to ${EVENT_IDS_MAX} event ids` };
const eventId = z.string(takesEventIds).regex(/^[\x21-\x7e]{1,255}$/, takesEventIds);
const eventIds = z.array(eventId, takesEventIds).min(1, takesEventIds).max(EVENT_IDS_MAX, takesEventIds);

export const webhooksCreate = z.strictObject({
  url,
  events: events.optional(),
  description: text.optional(),
  ...keyed,
});
export const webhooksUpdate = z.strictObject({
  endpointId: id,
  url: url.optional(),
  events: events.nullable().optional(),
  description: text.nullable().optional(),
  enabled: flag.optional(),
  ...keyed,
});
export const webhooksOne = z.strictObject({ endpointId: id, ...keyed });
export const webhooksDeadLetters = z.strictObject({ endpointId: id, ...page });
export const webhooksReplay = z.strictObject({ endpointId: id, eventIds: eventIds.optional(), ...keyed });
