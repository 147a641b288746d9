import { z } from 'zod';
import { channel, LINES_MAX, locationId, mustBe, readonlyArray, sku, units } from './fields.ts';
import { SOURCINGS } from '../settings.ts';

/** The fields of inputs for the locations of units. */

/** Units of an order, each of one location or of any. */
export const locatedLines = readonlyArray(
  z
    .array(z.strictObject({ sku, quantity: units, location: locationId.optional() }), mustBe(`1 to ${LINES_MAX} lines`))
    .min(1, mustBe(`1 to ${LINES_MAX} lines`))
    .max(LINES_MAX, mustBe(`1 to ${LINES_MAX} lines`)),
);

const RANKED_LOCATIONS_MAX = 20;
const RANKED_MESSAGE = mustBe(`1 to ${RANKED_LOCATIONS_MAX} different ids of locations`);
/** The fields that choose the locations from which a call takes units: docs/locations.md */
export const sourcingFields = {
  /** Only locations that serve this channel; absent: all that sell. */
  channel: channel.optional(),
  /** Only these locations, the first ones first; absent: all, by their priority. One location pins the units to it. */
  locations: readonlyArray(
    z
      .array(locationId, RANKED_MESSAGE)
      .min(1, RANKED_MESSAGE)
      .max(RANKED_LOCATIONS_MAX, RANKED_MESSAGE)
      .refine((ids) => new Set(ids).size === ids.length, RANKED_MESSAGE),
  ).optional(),
  /** Whether the first locations or as few locations as possible supply the units; absent: `Settings.sourcing`. */
  sourcing: z.enum(SOURCINGS, mustBe(SOURCINGS.join(' or '))).optional(),
};
