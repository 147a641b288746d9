import { z } from 'zod';
import * as field from './fields.ts';
import { flag, id, page, reasoned, text } from './fields.ts';

const oneEndpoint = z.strictObject({ endpointId: id, ...reasoned });

/** The inputs of procedures that manage webhook endpoints. */
export const WEBHOOK_INPUTS = {
  'webhooks.create': z.strictObject({
    url: field.webhookUrl,
    /** Absent: all, including those of later versions. */
    events: field.webhookEvents.optional(),
    description: text.optional(),
    /** The personal fields that its events have; absent: none. */
    fields: field.webhookFields.optional(),
    ...reasoned,
  }),
  'webhooks.update': z.strictObject({
    endpointId: id,
    url: field.webhookUrl.optional(),
    /** Null: all. */
    events: field.webhookEvents.nullable().optional(),
    description: text.nullable().optional(),
    fields: field.webhookFields.nullable().optional(),
    enabled: flag.optional(),
    ...reasoned,
  }),
  'webhooks.rotateSecret': oneEndpoint,
  'webhooks.delete': oneEndpoint,
  'webhooks.waiting': z.strictObject({ endpointId: id, ...page }),
  'webhooks.deliveries': z.strictObject({ endpointId: id }),
  'webhooks.deadLetters': z.strictObject({ endpointId: id, ...page }),
  'webhooks.replay': z.strictObject({
    endpointId: id,
    /** Absent: all dead letters, the oldest first, as far as they fit. */
    eventIds: field.webhookEventIds.optional(),
    ...reasoned,
  }),
};
