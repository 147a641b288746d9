import type { Mutation, Query } from '../../contract/calls/call.ts';
import type { LocationDefineInput, Nothing } from '../../contract/inputs/inputs.ts';
import type { Location } from '../../contract/outputs/location-outputs.ts';

export interface LocationService {
  /**
   * Creates a location, or changes its given settings. The change is in force at once in this process, and within a
   * second in all others. Refused `invalid_input` if the shop has `LOCATIONS_MAX` locations already.
   */
  define: Mutation<LocationDefineInput, Location>;
  /** Returns all locations by their priority and id. `main` always exists. */
  list: Query<Nothing, { items: Location[] }>;
}
