import type { HoldCaps, ReserveStep } from '../../../domain/steps.ts';
import type { Caller } from '../../../contract/calls/call.ts';
import type { Settings } from '../../../contract/settings.ts';

/** The caps that apply to a caller's steps, and the client whose units they count. */
export type CallerCaps = Pick<ReserveStep, 'client' | 'caps'>;

/** Returns the caps without the client, because a hold counts for the client that created it. */
export const capsOnly = ({ caps }: CallerCaps): Pick<CallerCaps, 'caps'> => (caps === undefined ? {} : { caps });

/** Returns the caps for a step of an anonymous cart that holds `units` of the SKU at other locations. */
export const withHeldElsewhere = (callerCaps: CallerCaps, units: number): CallerCaps =>
  units === 0 || callerCaps.caps === undefined
    ? callerCaps
    : { ...callerCaps, caps: { ...callerCaps.caps, heldElsewhere: units } };

/** Returns the caps for a step of a SKU of which `units` are on hand at other locations. */
export function withOnHandElsewhere(callerCaps: CallerCaps, units: number): CallerCaps {
  const { client, caps } = callerCaps;
  if (client === undefined || caps?.clientPercent === undefined || units === 0) return callerCaps;
  return { ...callerCaps, caps: { ...caps, onHandElsewhere: units } };
}

const NO_CAPS: CallerCaps = {};

/** Returns the function that finds the caps of a caller. Operators and callers with `byOperator` are exempt. */
export function createCallerCaps({
  holdUnitsMaxSession,
  holdShareMaxClient,
}: Settings): (caller: Caller) => CallerCaps {
  const caps: HoldCaps = {
    ...(holdUnitsMaxSession === undefined ? {} : { unitsMax: holdUnitsMaxSession }),
    ...(holdShareMaxClient === undefined ? {} : { clientPercent: holdShareMaxClient }),
  };
  const ofUnknownClient: CallerCaps = { caps };
  return ({ kind, byOperator, client }) => {
    if (kind === 'operator' || byOperator) return NO_CAPS;
    return client === undefined ? ofUnknownClient : { caps, client };
  };
}
