import { z } from 'zod';
import { ledgerFollower } from './ledger-outputs.ts';
import { moment, natural, string } from '../output-fields.ts';

/** Counts of this process since it started. The difference of two answers is a rate. */
const callCount = z.strictObject({ procedure: string, outcome: string, count: natural });

const lastAudit = z.strictObject({ at: moment, ok: z.boolean(), violations: natural, tookMs: natural });
/** The last audit that a process has finished. */
export interface LastAudit extends z.output<typeof lastAudit> {}

/** The steps of an audit, in their order. */
export const AUDIT_STEPS = ['ledger', 'stock', 'holds', 'documents', 'counts'] as const;
const runningAudit = z.strictObject({
  elapsedMs: natural,
  step: z.enum(AUDIT_STEPS),
  /** The sequence up to which the ledger was added up; in later steps the records that were compared. */
  done: natural,
  /** The value of `done` at the end of this step. Absent: it is not known yet; for `counts` it is never known. */
  of: natural.exactOptional(),
});
/** How far an audit is. */
export interface RunningAudit extends z.output<typeof runningAudit> {}

export const shopStatus = z
  .strictObject({
    /** Shop time. */
    at: moment,
    shop: string,
    engine: z.enum(['memory', 'embedded', 'redis']),
    durability: z.enum(['none', 'relaxed', 'local', 'replicated']),
    /** When the process started that answers. All counts are its own. */
    startedAt: moment.meta({ description: 'When the process started that answers. All counts are its own.' }),
    ready: z.boolean(),
    /** Why it is not ready, one sentence each. */
    reasons: z.array(string),
    /** What operators should know although it is ready, one sentence each. */
    notes: z.array(string),
    /** The sequence of the last write; absent while the store has not answered. */
    sequence: natural.exactOptional(),
    /** How full the store is, 0 to 1; 0 where it has no bound. */
    fill: z.number().min(0).meta({ description: 'How full the store is, 0 to 1; 0 where it has no bound.' }),
    /** Shop time less the wall clock of the store. */
    clockOffsetMs: z.int(),
    /** The last audit that this process has finished. Absent: none. */
    lastAudit: lastAudit.exactOptional(),
    /** The audit that this process runs now. Absent: none. */
    runningAudit: runningAudit.exactOptional(),
    queue: z.strictObject({
      /** Requests that wait to begin. */
      arriving: natural,
      /** Transactions that wait for a batch. */
      waiting: natural,
      /** SKUs with waiting transactions. */
      mailboxes: natural,
      oldestWaitMs: z.number().min(0),
      batchesInFlight: natural,
      batches: natural,
      transactions: natural,
    }),
    calls: z.array(callCount).meta({ description: 'By procedure and outcome: ok, or the reason of the refusal.' }),
    /** Requests that were refused before they began: because of the load, and of a rate. */
    shed: natural,
    rateLimited: natural,
    holds: z.strictObject({
      sold: natural,
      released: natural,
      expired: natural,
      /** The highest share of a SKU's units in live holds, of SKUs that were read lately; 0 to 1. */
      heldShareMax: z.number().min(0),
    }),
    webhooks: z.strictObject({
      delivered: natural,
      failed: natural,
      dead: natural,
      /** The age of the oldest event that is not delivered: of paid orders, and of all others. 0: there is none. */
      oldestMoneyMs: z.number().min(0),
      oldestOtherMs: z.number().min(0),
    }),
    watchers: natural,
    followers: z
      .array(ledgerFollower)
      .meta({ description: 'The readers for which the ledger is kept, as this process has read them last.' }),
  })
  .meta({ id: 'ShopStatus' });
/** The state of a shop, as the answering process observes it. */
export interface ShopStatus extends z.output<typeof shopStatus> {}
