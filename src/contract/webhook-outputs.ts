import { z } from 'zod';
import { string, moment, natural } from './output-fields.ts';
import { WEBHOOK_EVENTS, WEBHOOK_FIELDS } from './webhook-records.ts';

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

export const endpointStatus = z
  .strictObject({
    ...endpointFields,
    /** Events that wait for another attempt. */
    waiting: natural,
    deadLetters: natural,
  })
  .meta({ id: 'WebhookStatus' });
export interface WebhookStatus extends z.output<typeof endpointStatus> {}

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
