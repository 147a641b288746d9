import { z } from 'zod';
import { channels, flag, locationId, priority, reasoned, text } from './fields.ts';

/** The inputs of locations. `inputs.ts` adds them to the others. */
export const LOCATION_INPUTS = {
  /** An absent field stays unchanged. `null` clears the title, or lets the location serve all channels. */
  'locations.define': z.strictObject({
    id: locationId,
    title: text.nullable().optional(),
    /** Locations with a lower number come first; 100 for a new location. */
    priority: priority.optional(),
    /** Whether the location sells; true for a new location. */
    active: flag.optional(),
    /** The channels that the location serves; null: all. */
    channels: channels.nullable().optional(),
    ...reasoned,
  }),
};
