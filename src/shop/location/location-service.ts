import { type Call, invalid, ok, type Result } from '../../contract/calls/call.ts';
import type { LocationDefineInput } from '../../contract/inputs/inputs.ts';
import type { Location } from '../../contract/outputs/location-outputs.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Snapshot } from '../../store/store.ts';
import type { Ids } from '../../transact/documents/ids.ts';
import { putDocument } from '../../transact/documents/json-document.ts';
import type { Decision } from '../../transact/mutation.ts';
import { LOCATIONS_KEY } from '../../transact/documents/names.ts';
import type { Transactor } from '../../transact/transactor.ts';
import { eventStep } from '../event/event-document.ts';
import type { LocationService } from './location-api.ts';
import { changedLocation, definedIn, LOCATIONS_MAX, orderedLocations } from './location-document.ts';
import type { ShopLocations, ShopLocationsParts } from './shop-locations.ts';

export interface LocationParts extends Pick<ShopLocationsParts, 'read'> {
  transactor: Transactor;
  locations: ShopLocations;
  settings: Settings;
  ids: Ids;
}

export function createLocationService(parts: LocationParts): LocationService {
  return {
    async define(input, call) {
      const { waits } = parts.transactor;
      const begun = waits.begun(call);
      const result = await defineLocation(parts, input, begun);
      // A change of the list is in force in this process before the answer.
      if (result.ok) await waits.after(begun, parts.locations.refresh());
      return result;
    },
    list: async () => ok({ items: orderedLocations(definedIn(await readLocations(parts)).value) }),
  };
}

const readLocations = ({ read }: LocationParts): Promise<Snapshot> => read({ documents: [LOCATIONS_KEY] });

function defineLocation(parts: LocationParts, input: LocationDefineInput, call: Call): Promise<Result<Location>> {
  return parts.transactor.run({
    procedure: 'locations.define',
    lockKeys: LOCATIONS_KEY,
    input,
    call,
    reads: () => ({ documents: [LOCATIONS_KEY] }),
    compose: (view) => decideDefine(parts, view, input, call),
    answer: async () => {
      const all = orderedLocations(definedIn(await readLocations(parts)).value);
      return ok(all.find(({ id }) => id === input.id) ?? changedLocation(null, input));
    },
  });
}

function decideDefine(
  parts: LocationParts,
  view: Snapshot,
  input: LocationDefineInput,
  call: Call,
): Decision<Location> {
  const stored = definedIn(view);
  const before = orderedLocations(stored.value).find(({ id }) => id === input.id) ?? null;
  const after = changedLocation(before, input);
  const others = stored.value.filter(({ id }) => id !== input.id);
  if (!before && orderedLocations(others).length >= LOCATIONS_MAX)
    return { refusal: invalid('id', `a shop has at most ${LOCATIONS_MAX} locations`).refusal };
  const event = { what: 'locations.define', ...(before && { before }), after, reason: input.reason };
  return {
    steps: [putDocument(LOCATIONS_KEY, stored, [...others, after]), eventStep(parts, call, event)],
    address: null,
    answerFromCommit: () => after,
  };
}
