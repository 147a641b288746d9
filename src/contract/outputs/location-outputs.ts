import { z } from 'zod';
import { natural, string } from '../output-fields.ts';

export const location = z
  .strictObject({
    id: string.meta({ examples: ['main'] }),
    title: string.exactOptional(),
    /** Locations with a lower number come first, and then by their id. */
    priority: natural.meta({ description: 'Locations with a lower number come first, and then by their id.' }),
    /** An inactive location sells nothing. It can still receive, count and dispatch units. */
    active: z.boolean().meta({ description: 'An inactive location sells nothing.' }),
    /** Absent: the location serves all channels. */
    channels: z.array(string).exactOptional().meta({ description: 'Absent: the location serves all channels.' }),
  })
  .meta({ id: 'Location' });
export interface Location extends z.output<typeof location> {}
