import { z } from 'zod';
import { holdId, shownSku, string, moment, natural } from './output-fields.ts';

const violation = z.strictObject({
  rule: string,
  sku: shownSku.exactOptional(),
  holdId: holdId.exactOptional(),
  found: string,
  expected: string,
});
export interface Violation extends z.output<typeof violation> {}

const unitTotal = z.union([natural, z.string().regex(/^-?\d{16,}$/)]).meta({
  description: 'Units of the whole shop: a number up to 2^53 - 1, beyond that its decimal digits.',
});
/** Units summed over a whole shop: a number up to 2^53 - 1; beyond that its decimal digits, never rounded. */
export type UnitTotal = z.output<typeof unitTotal>;

const ledgerTotals = z.strictObject({ received: unitTotal, sold: unitTotal, returned: unitTotal });
/** Sums of the ledger since the shop began. */
export interface LedgerTotals extends z.output<typeof ledgerTotals> {}

export const audit = z
  .strictObject({
    ok: z.boolean(),
    checkedAt: moment,
    skus: natural,
    liveHolds: natural,
    totals: z.strictObject({ onHand: unitTotal, reserved: unitTotal, available: unitTotal, ...ledgerTotals.shape }),
    /** At most `AUDIT_VIOLATIONS_MAX`. `ok` is false even if there are more. */
    violations: z.array(violation),
  })
  .meta({ id: 'Audit' });
export interface Audit extends z.output<typeof audit> {}

export const indexRepair = z
  .strictObject({
    /** Entries and counts that did not match the records, and were corrected. */
    mended: natural,
    rules: z.array(z.strictObject({ rule: string, count: natural })),
    /** The first 1,000 of them. */
    entries: z.array(violation),
  })
  .meta({ id: 'IndexRepair' });
/** The changes of a repair of the indexes. */
export interface IndexRepair extends z.output<typeof indexRepair> {}

export const clock = z
  .strictObject({ at: moment, wallAt: moment, offsetMs: z.int(), slewing: z.boolean() })
  .meta({ id: 'Clock' });
export const acceptedLoss = z
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
