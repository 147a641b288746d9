import type { LocationDefineInput } from '../../contract/inputs/inputs.ts';
import type { Location } from '../../contract/outputs/location-outputs.ts';
import { compareTexts } from '../../domain/skus.ts';
import { MAIN_LOCATION } from '../../domain/stock-keys.ts';
import type { Snapshot } from '../../store/store.ts';
import { documentIn, type StoredDocument } from '../../transact/documents/json-document.ts';
import { LOCATIONS_KEY } from '../../transact/documents/names.ts';

/** One document has all locations, so that one read returns them. */
export const LOCATIONS_MAX = 100;
const PRIORITY_DEFAULT = 100;

const newLocation = (id: string): Location => ({ id, priority: PRIORITY_DEFAULT, active: true });

/** The locations of a shop that has defined none. */
export const ONLY_MAIN: readonly Location[] = [newLocation(MAIN_LOCATION)];

/** Returns the locations that the shop has defined, in any order. */
export const definedIn = (view: Snapshot): StoredDocument<Location[]> => documentIn(view, LOCATIONS_KEY, []);

/** Returns all locations in their order. */
export function orderedLocations(defined: readonly Location[]): Location[] {
  const hasMain = defined.some(({ id }) => id === MAIN_LOCATION);
  return [...defined, ...(hasMain ? [] : ONLY_MAIN)].toSorted(
    (one, other) => one.priority - other.priority || compareTexts(one.id, other.id),
  );
}

/** Returns a location as an input changes it; `before` is null for a new one. */
export function changedLocation(before: Location | null, input: LocationDefineInput): Location {
  const { id, priority, active, ...known } = before ?? newLocation(input.id);
  const { title, channels } = { ...known, ...givenIn(input) };
  return {
    id,
    ...(title ? { title } : {}),
    priority: input.priority ?? priority,
    active: input.active ?? active,
    ...(channels ? { channels: [...new Set(channels)].sort(compareTexts) } : {}),
  };
}

/** Null clears a field. */
const givenIn = ({ title, channels }: LocationDefineInput) => ({
  ...(title === undefined ? {} : { title }),
  ...(channels === undefined ? {} : { channels }),
});
