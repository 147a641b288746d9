import { z } from 'zod';
import { ENDED_STATES, LIVE_STATES, MOVEMENT_KINDS } from '../../domain/records.ts';
import type { PlainSetting, SkuSettings } from '../../domain/sku-settings.ts';
import {
  backordered,
  holdId,
  nextCursor,
  orderId,
  quantity,
  reservationId,
  shownLocation,
  shownSku,
  string,
  moment,
  shownPrice,
  natural,
} from '../output-fields.ts';
import { type ServiceReason, WIRE } from '../calls/wire-refusals.ts';

/** A setting that is null is absent. */
export type ShownSettings = {
  [S in PlainSetting as null extends SkuSettings[S] ? S : never]?: NonNullable<SkuSettings[S]>;
} & { [S in PlainSetting as null extends SkuSettings[S] ? never : S]: SkuSettings[S] };

/**
 * Units sold since the SKU was created and not returned, dispatched or not: those of orders, of committed reservations
 * and of consumed holds. Units that were canceled after the sale do not count. Of a kit: kits, whose units the
 * components count as well.
 */
const sold = natural.meta({
  description:
    'Units sold since the SKU was created and neither returned nor canceled since: the committed ones, and those ' +
    'that left the stock. Of a kit: kits, whose units its components count as well.',
});

const levelAtLocation = z
  .strictObject({
    location: string,
    onHand: natural,
    reserved: natural,
    committed: natural,
    sold,
    backordered: natural,
    safetyStock: natural,
    backorderLimit: quantity.exactOptional(),
    shipsAt: moment.exactOptional(),
    /** 0 at a location that does not sell. */
    available: natural.meta({ description: '0 at a location that does not sell.' }),
    version: natural,
  })
  .meta({ id: 'LocationLevel' });
/** The units of a SKU at one location. */
export interface LocationLevel extends z.output<typeof levelAtLocation> {}

export const stockLevel = z
  .strictObject({
    sku: shownSku,
    title: string.exactOptional(),
    unitPrice: shownPrice,
    onHand: natural,
    /** Units in the holds of carts, unpaid orders and the library. */
    reserved: natural.meta({ description: 'Units in the holds of carts, unpaid orders and the library.' }),
    /** Units that were sold and are still on hand. */
    committed: natural.meta({ description: 'Units that were sold and are still on hand.' }),
    sold,
    /** Reserved and committed units that are not on hand yet. */
    backordered: natural.meta({ description: 'Reserved and committed units that are not on hand yet.' }),
    /** max(0, onHand - reserved - committed - safetyStock + backorderLimit). Of a kit: what its components give. */
    available: natural.meta({
      description:
        'max(0, onHand - reserved - committed - safetyStock + backorderLimit); of a kit: what its components give.',
    }),
    safetyStock: natural,
    limitPerCustomer: quantity.exactOptional(),
    /** The most units that one session or customer may hold at once. */
    holdUnitsMax: quantity
      .exactOptional()
      .meta({ description: 'The most units that one session or customer may hold at once.' }),
    /** Only a session that is bound to a customer may hold units. */
    requiresCustomer: z.boolean().meta({ description: 'Only a session that is bound to a customer may hold units.' }),
    /** The first reserve of a session needs an admission. */
    protected: z.boolean().meta({ description: 'The first reserve of a session needs an admission.' }),
    /** The most units that may be sold beyond those on hand. */
    backorderLimit: quantity
      .exactOptional()
      .meta({ description: 'The most units that may be sold beyond those on hand.' }),
    /** When backordered units are expected. */
    shipsAt: moment.exactOptional().meta({ description: 'When backordered units are expected.' }),
    /** Of a kit: what one kit consists of. */
    components: z
      .array(z.strictObject({ sku: shownSku, quantity }))
      .exactOptional()
      .meta({ description: 'Of a kit: what one kit consists of. Its available units are what these SKUs give.' }),
    version: natural,
    updatedAt: moment,
    /** The location that the numbers are of. Absent: they are sums over all locations. */
    location: string.exactOptional().meta({ description: 'The location that the numbers are of. Absent: all.' }),
    /** The locations that have a record of the SKU. Only in a shop with several locations. */
    locations: z
      .array(levelAtLocation)
      .exactOptional()
      .meta({ description: 'The SKU at each location that has ever had it, in a shop with several.' }),
  })
  .meta({ id: 'StockLevel' });
export interface StockLevel extends ShownSettings, z.output<typeof stockLevel> {}

export const writtenOff = stockLevel
  .extend({
    /** The holds of the SKU that the call ended. */
    endedHolds: z.array(holdId).meta({ description: 'The holds of the SKU that the call ended.' }),
  })
  .meta({ id: 'WrittenOff' });
export interface WrittenOff extends StockLevel {
  endedHolds: string[];
}

export const availability = z
  .strictObject({
    sku: shownSku,
    /** Absent with `SHOW_STOCK=status`. With `SHOW_STOCK=capped` at most `LOW_STOCK_UNITS`. */
    available: natural
      .exactOptional()
      .meta({ description: 'Absent or capped if the shop does not show exact numbers.' }),
    /**
     * `low`: 1 to `Settings.lowStockUnits` units on hand are available. `backorder`: none on hand, but units can be
     * ordered. `unknown`: the shop has no such SKU.
     */
    status: z.enum(['in_stock', 'low', 'backorder', 'out_of_stock', 'unknown']),
    /** When backordered units are expected. Only with the status `backorder`. */
    shipsAt: moment.exactOptional().meta({ description: 'When backordered units are expected.' }),
  })
  .meta({ id: 'Availability' });
/** The availability of a SKU as shoppers see it. */
export interface ShownAvailability extends z.output<typeof availability> {}
/** The exact availability of a SKU. */
export interface Availability extends ShownAvailability {
  available: number;
}
export type AvailabilityStatus = Availability['status'];

export const shownHold = z
  .strictObject({
    holdId,
    /** The hold of a kit that has these units of a component. */
    kitHoldId: holdId.exactOptional().meta({ description: 'The hold of a kit that has these units of a component.' }),
    sku: shownSku,
    /** Absent: `main`. */
    location: shownLocation,
    quantity,
    /** Units that are not on hand yet, if there are any. */
    backordered,
    state: z.enum([...LIVE_STATES, ...ENDED_STATES]),
    /** Null: it has no deadline. */
    expiresAt: moment.nullable().meta({ description: 'Null: it has no deadline.' }),
    createdAt: moment,
    /** `cart:<id>`, `order:<id>`, `reservation:<id>` or `detached:<reference>`. */
    owner: string.meta({ description: 'cart:<id>, order:<id>, reservation:<id> or detached:<reference>.' }),
    /** The client that took the units, if it was known. */
    client: string.exactOptional().meta({ description: 'The client that took the units, if it was known.' }),
    version: natural,
  })
  .meta({ id: 'Hold' });
export interface Hold extends z.output<typeof shownHold> {}

export const releasedHolds = z.strictObject({
  /** The number of holds. */
  released: natural.meta({ description: 'The number of holds.' }),
  /** Only if `holdIds` is given: those that were not released. They had ended, or do not meet a condition. */
  unreleased: z
    .array(string)
    .meta({ description: 'Those of holdIds that were not released: they had ended, or do not meet a condition.' })
    .optional(),
});
export interface ReleasedHolds extends z.output<typeof releasedHolds> {}

const holder = z.strictObject({
  /** The hash of a session, `customer:<hash>`, `detached:<reference>`, or a client. */
  holder: string.meta({ description: 'The hash of a session, customer:<hash>, detached:<reference>, or a client.' }),
  units: natural,
  holds: natural,
  /** When the oldest of them was created. */
  since: moment.meta({ description: 'When the oldest of the holds was created.' }),
});
export interface Holder extends z.output<typeof holder> {}
export const topHoldersOutput = z.strictObject({
  /** The holders with the most units first. */
  items: z.array(holder),
  /** Units in all live holds of the SKU. */
  units: natural.meta({ description: 'Units in all live holds of the SKU.' }),
  holds: natural,
  /** The number of holders whose name is known. */
  holders: natural,
});
export interface TopHolders extends z.output<typeof topHoldersOutput> {}

export type { MovementKind, Span } from '../../domain/records.ts';
const span = z.strictObject({ before: natural, after: natural });
export const movement = z
  .strictObject({
    movementId: string,
    at: moment,
    sku: shownSku,
    /** Absent: `main`. */
    location: shownLocation,
    kind: z.enum(MOVEMENT_KINDS),
    quantity: z.int(),
    onHand: span,
    reserved: span,
    committed: span,
    /** Absent if the SKU has no backordered units. */
    backordered: span.exactOptional().meta({ description: 'Absent if the SKU has no backordered units.' }),
    holdId: holdId.exactOptional(),
    orderId: orderId.exactOptional(),
    reservationId: reservationId.exactOptional(),
    cause: z.strictObject({
      by: string,
      reason: string.exactOptional(),
      reference: string.exactOptional(),
      /** The `X-Request-ID` of the call that caused the movement. Absent if no call did. */
      requestId: string.exactOptional().meta({ description: 'The X-Request-ID of the call that caused it.' }),
    }),
  })
  .meta({ id: 'Movement' });
export interface ShownMovement extends z.output<typeof movement> {}
export const movementPage = z.strictObject({
  movements: z.array(movement),
  /** Opaque; absent on the last page. */
  nextCursor,
});
export interface MovementPage extends z.output<typeof movementPage> {}

const rowProblem = z.strictObject({
  /** 1 is the first row of data. */
  row: natural,
  sku: string.exactOptional(),
  column: string.exactOptional(),
  /** `invalid_input`, or the store's refusal of the row: `below_reserved`, `count_mismatch`. */
  reason: z.enum(Object.keys(WIRE) as ServiceReason[]),
  message: string,
});
export interface RowProblem extends z.output<typeof rowProblem> {}
const rowChange = z.strictObject({
  /** 1 is the first row of data. */
  row: natural,
  sku: string,
  location: shownLocation,
  /** The shop does not have the SKU yet. */
  created: z.literal(true).exactOptional(),
  /** The changed fields. Null: no value. A new SKU has no values before. */
  fields: z.array(z.strictObject({ name: string, before: z.unknown().exactOptional(), after: z.unknown() })),
});
/** What a row would change. */
export interface RowChange extends z.output<typeof rowChange> {}
export const importReport = z
  .strictObject({
    /** Rows that were processed, with or without success. */
    rows: natural,
    /** Rows that changed their SKU. */
    applied: natural,
    /** Rows without a new value. Nothing was written for them. */
    unchanged: natural,
    /** The first `PROBLEMS_LISTED_MAX`; a row may have several. None of these rows changed anything. */
    problems: z.array(rowProblem),
    /** Of a dry run: what the first rows would change, at most 500. */
    changes: z
      .array(rowChange)
      .exactOptional()
      .meta({ description: 'Of a dry run: what the first rows would change.' }),
    /** Rows that were not applied. `rows` is the sum of `applied`, `unchanged` and `problemCount`. */
    problemCount: natural,
    /** Rows that earlier calls with this key had processed. */
    resumedFrom: natural,
    /** Whether the whole file was processed. */
    done: z.boolean(),
    /** Present if the file became unreadable: the place. All rows before it were processed. */
    unreadable: z.strictObject({ path: string, message: string }).exactOptional(),
    /** Present if another call with the same key ended this one and continues with the file. */
    takenOver: z.literal(true).exactOptional(),
    /**
     * When an earlier call finished this file, in epoch milliseconds. This call applied nothing, because `again` was
     * not set.
     */
    alreadyImportedAt: natural.exactOptional(),
  })
  .meta({ id: 'ImportReport' });
/** The progress of an import, or its result. */
export interface ImportReport extends z.output<typeof importReport> {}
