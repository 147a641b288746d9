import { z } from 'zod';
import { string, moment, natural } from '../output-fields.ts';
import { WEBHOOK_EVENTS, WEBHOOK_FIELDS } from '../webhook-records.ts';

const endpointFields = {
  endpointId: string,
  url: string,
  events: z.array(z.enum(WEBHOOK_EVENTS)),
  description: string.exactOptional(),
  /** The personal fields that its events have. */
  fields: z.array(z.enum(WEBHOOK_FIELDS)).exactOptional(),
  enabled: z.boolean(),
  disabledReason: z.enum(['operator', 'gone', 'dead_letters_full']).exactOptional(),
  createdAt: moment,
};
export const shownEndpoint = z.strictObject(endpointFields).meta({ id: 'WebhookEndpoint' });
export interface WebhookEndpoint extends z.output<typeof shownEndpoint> {}

export const endpointSecret = z
  .strictObject({
    ...endpointFields,
    /** `whsec_...`. No other output contains it. */
    secret: string.meta({ description: 'Shown here only.' }),
  })
  .meta({ id: 'WebhookSecret' });
export interface WebhookSecret extends z.output<typeof endpointSecret> {}

const problem = z.strictObject({
  /** The HTTP status, or a word such as `timeout` if there was no answer. */
  lastStatus: string.meta({ description: 'The HTTP status, or a word if there was no answer.' }),
  waiting: natural,
  deadLetters: natural,
});
/** The events of an endpoint whose last attempt had the same result. */
export interface WebhookProblem extends z.output<typeof problem> {}

export const endpointStatus = z
  .strictObject({
    ...endpointFields,
    /** Events that wait for another attempt. */
    waiting: natural,
    deadLetters: natural,
    /** Why deliveries fail: the most frequent statuses first, at most 5. */
    problems: z.array(problem),
    /** When the oldest waiting event happened. */
    oldestAt: moment.exactOptional().meta({ description: 'When the oldest waiting event happened.' }),
    /** When the next attempt is due. */
    nextAt: moment.exactOptional().meta({ description: 'When the next attempt is due.' }),
  })
  .meta({ id: 'WebhookStatus' });
export interface WebhookStatus extends z.output<typeof endpointStatus> {}

export const waitingEvent = z
  .strictObject({
    /** The `webhook-id`. */
    eventId: string,
    type: z.enum(WEBHOOK_EVENTS),
    at: moment,
    /** The order's id or the SKU. */
    subject: string,
    attempts: natural,
    /** The status of the last attempt. Absent: there was none. */
    lastStatus: string.exactOptional(),
    /** When the next attempt is due. */
    nextAt: moment,
  })
  .meta({ id: 'WebhookWaiting' });
/** An event that waits for another attempt. */
export interface WebhookWaiting extends z.output<typeof waitingEvent> {}

export const webhookDelivery = z
  .strictObject({
    /** The `webhook-id`. */
    eventId: string,
    type: z.enum(WEBHOOK_EVENTS),
    /** When the event happened. */
    at: moment,
    /** The order's id or the SKU. */
    subject: string,
    /** 1 for the first attempt. */
    attempt: natural.meta({ description: '1 for the first attempt.' }),
    isDelivered: z.boolean(),
    /** The HTTP status, or a word such as `timeout` if there was no answer. */
    status: string.meta({ description: 'The HTTP status, or a word if there was no answer.' }),
    sentAt: moment,
    tookMs: natural,
  })
  .meta({ id: 'WebhookDelivery' });
/** An attempt to deliver an event. */
export interface WebhookDelivery extends z.output<typeof webhookDelivery> {}

export const deadLetter = z
  .strictObject({
    /** The `webhook-id`. */
    eventId: string,
    type: z.enum(WEBHOOK_EVENTS),
    at: moment,
    /** The order's id or the SKU. */
    subject: string,
    attempts: natural,
    lastStatus: string,
    diedAt: moment,
  })
  .meta({ id: 'WebhookDeadLetter' });
export interface WebhookDeadLetter extends z.output<typeof deadLetter> {}
