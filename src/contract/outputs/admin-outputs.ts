import { z } from 'zod';
import { cartOutput } from './cart-outputs.ts';
import { order } from './order-outputs.ts';
import { reservation } from './reservation-outputs.ts';
import { holdId, moment, natural, quantity, shownLocation, shownSku, string } from '../output-fields.ts';

const violation = z.strictObject({
  rule: string,
  sku: shownSku.exactOptional(),
  location: shownLocation,
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

const signedTotal = z.union([z.int(), z.string().regex(/^-?\d{16,}$/)]).meta({
  description: 'Like the other totals, and below 0 if more units were taken away than added.',
});

const ledgerTotals = z.strictObject({
  received: unitTotal,
  /** Sold, with the units that were returned later. */
  sold: unitTotal,
  returned: unitTotal,
  /** Sold units that left the stock. `sold` is `dispatched` and `committed`. */
  dispatched: unitTotal.meta({ description: 'Sold units that left the stock.' }),
  /** Returned units that were put on hand again. */
  restocked: unitTotal.meta({ description: 'Returned units that were put on hand again.' }),
  /** The sum of all adjustments, write-offs and transfers. */
  adjusted: signedTotal,
  /** The sum of the differences that counts have found. */
  counted: signedTotal,
});
/**
 * Sums of the ledger since the shop began. The units on hand are
 * `received - dispatched + restocked + adjusted + counted`.
 */
export interface LedgerTotals extends z.output<typeof ledgerTotals> {}

export const audit = z
  .strictObject({
    ok: z.boolean(),
    checkedAt: moment,
    skus: natural,
    liveHolds: natural,
    totals: z.strictObject({
      onHand: unitTotal,
      reserved: unitTotal,
      committed: unitTotal,
      available: unitTotal,
      ...ledgerTotals.shape,
    }),
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

/** An object whose fields depend on `what`. None of them is a secret, or the contact of a buyer. */
const details = z.unknown().exactOptional();

export const adminEvent = z
  .strictObject({
    at: moment,
    /** The principal: `operator`, `key:<name>`, or `unknown` for a login that failed. */
    by: string,
    /** The procedure, `contacts.read` or `login.failed`. */
    what: string,
    before: details,
    after: details,
    /** The reason that the caller has given. */
    reason: string.exactOptional(),
    /** The client of the call, `clt_...`; absent if it is unknown. */
    from: string.exactOptional(),
  })
  .meta({ id: 'AdminEvent' });
export interface AdminEvent extends z.output<typeof adminEvent> {}

export const sessionBlock = z
  .strictObject({
    /** The hash of a session, as in the ledger. A block has either a session or a client. */
    session: string.exactOptional().meta({ description: 'The hash of a session, as in the ledger.' }),
    client: string.exactOptional().meta({ description: 'A client, clt_...' }),
    reason: string,
    at: moment.meta({ description: 'When it was made.' }),
    until: moment.meta({ description: 'When it ends.' }),
    /** The principal that made it. */
    by: string,
  })
  .meta({ id: 'SessionBlock' });
/** A session or a client whose calls are refused. */
export interface SessionBlock extends z.output<typeof sessionBlock> {}

export const customerExport = z
  .strictObject({
    /** The customer's name in the store and in the ledger: a hash of the customer id. */
    customer: string.meta({ description: "The customer's name in the store and in the ledger." }),
    exportedAt: moment,
    /** Newest first, with their contacts. */
    orders: z.array(order),
    /** Carts that hold units for the customer. */
    carts: z.array(cartOutput),
    /** Newest first. */
    reservations: z.array(reservation),
    /** The units of each SKU that count toward its limit per customer. */
    counts: z.array(z.strictObject({ sku: shownSku, units: quantity })),
  })
  .meta({ id: 'CustomerExport' });
/** All that the shop knows of a customer. */
export interface CustomerExport extends z.output<typeof customerExport> {}
