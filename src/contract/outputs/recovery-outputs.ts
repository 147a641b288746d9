import { z } from 'zod';
import { moment, natural, string } from '../output-fields.ts';

export const lostWrites = z
  .strictObject({
    /** The last sequence that the store still has. */
    kept: natural.meta({ description: 'The last sequence that the store still has.' }),
    first: natural,
    last: natural,
    count: natural,
    since: moment.nullable(),
    until: moment,
  })
  .meta({ id: 'LostWrites' });

const knownWrite = z
  .strictObject({
    sequence: natural,
    at: moment,
    /** What it changed. */
    kind: z.enum(['order', 'reservation', 'transfer', 'cart', 'stock', 'hold', 'other']),
    id: string.exactOptional().meta({ description: 'Of the order, the reservation, the transfer or the cart.' }),
    /** One line in words, without the contact of a buyer. */
    what: string.meta({ description: 'What it changed, in words.' }),
  })
  .meta({ id: 'LostWrite' });
/** An acknowledged write that the store has lost, and that a process still knows. */
export interface LostWrite extends z.output<typeof knownWrite> {}

const writeGap = z
  .strictObject({
    first: natural,
    last: natural,
    /** The times of the known writes around them. */
    since: moment.nullable(),
    until: moment,
    /** What later writes show that they changed: `order ord_...`. */
    changed: z.array(string).meta({ description: 'What later writes show that they changed.' }),
  })
  .meta({ id: 'UnknownWrites' });
/** Sequences of lost writes that no process knows. Some of them may never have been used. */
export interface UnknownWrites extends z.output<typeof writeGap> {}

export const lossReport = z
  .strictObject({
    loss: lostWrites.nullable(),
    /** The number of lost writes that the processes know, and the first 1,000 of them. */
    known: natural,
    writes: z.array(knownWrite),
    unknown: z.array(writeGap),
  })
  .meta({ id: 'LossReport' });
/** The loss that freezes the shop, as far as the processes know it. `loss` is null if the shop is not frozen. */
export interface LossReport extends z.output<typeof lossReport> {}

const refusedWrite = knownWrite
  .extend({
    /** Why it could not be applied again, as a refusal of the shop. */
    reason: string,
    /** The lost write without which it cannot be applied. */
    needs: natural.exactOptional().meta({ description: 'The lost write without which it cannot be applied.' }),
  })
  .meta({ id: 'RefusedWrite' });
/** A known write that was not restored. */
export interface RefusedWrite extends z.output<typeof refusedWrite> {}

const replayReport = z
  .strictObject({
    restored: natural,
    refused: natural,
    /** The first 1,000 of them. The log has them all. */
    refusals: z.array(refusedWrite),
    unknown: z.array(writeGap),
  })
  .meta({ id: 'ReplayReport' });
/** What a replay has restored, and what it has not. */
export interface ReplayReport extends z.output<typeof replayReport> {}

export const acceptedLoss = lostWrites.extend({ replay: replayReport.exactOptional() }).meta({ id: 'AcceptedLoss' });
/** An accepted loss. It has `replay` if the known writes were applied again. */
export interface AcceptedLoss extends z.output<typeof acceptedLoss> {}
