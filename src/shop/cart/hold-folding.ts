import type { HoldRecord } from '../../domain/records.ts';
import type { Step } from '../../domain/steps.ts';
import { extendLine } from './cart-document.ts';
import { type CallerCaps, capsOnly } from '../stock/supply/caller-caps.ts';
import type { Settings } from '../../contract/settings.ts';

/** Returns the steps that transfer a hold to its new owner with `units`. The hold keeps its age. */
export type HandOver = (hold: HoldRecord, units: number) => Step[];

/**
 * Joins a hold that comes into a cart with the cart's hold of the same SKU, if there is one, to one hold of `units`.
 * The younger hold is folded into the older one, so moving units back and forth does not extend the lifetime of a hold.
 * One transaction releases the younger hold and raises the older one: other shoppers cannot get the units in between,
 * and a sold-out SKU does not matter. Every step asserts the quantity that was read.
 */
export function foldHolds(
  coming: HoldRecord,
  present: HoldRecord | null,
  units: number,
  { handOver, settings, callerCaps = {} }: { handOver: HandOver; settings: Settings; callerCaps?: CallerCaps },
): { steps: Step[]; holdId: string } {
  if (!present || coming.createdAt < present.createdAt) {
    return { steps: [...(present ? [releaseAll(present)] : []), ...handOver(coming, units)], holdId: coming.holdId };
  }
  const { holdId, owner } = present;
  const extend = extendLine(holdId, owner, settings);
  return { steps: [releaseAll(coming), ...resizeTo(present, units, callerCaps), extend], holdId };
}

interface ToCart {
  settings: Settings;
  callerCaps: CallerCaps;
}

/**
 * Returns the hand-over to another cart. A transfer counts the units for the new customer, so a cut comes before it,
 * and an increase after it.
 */
export const toCart =
  (toOwner: string, toCustomer: string, { settings, callerCaps }: ToCart): HandOver =>
  (hold, units) => {
    const { holdId, owner } = hold;
    const quantity = Math.min(units, hold.quantity);
    return [
      ...resizeTo(hold, quantity),
      { kind: 'transfer', holdId, owner, quantity, toOwner, toCustomer, ...capsOnly(callerCaps) },
      extendLine(holdId, toOwner, settings),
      ...resizeTo({ holdId, owner: toOwner, quantity }, units, callerCaps),
    ];
  };

/** Releases a hold, if it still has the quantity that was read. A hold whose deadline has passed is refused. */
export const releaseAll = ({ holdId, owner, quantity }: HoldRecord): Step => ({
  kind: 'release',
  holdId,
  owner,
  quantity,
});

/** Resizes a hold to `units`, without steps if it has them. */
export const resizeTo = (
  { holdId, owner, quantity }: Pick<HoldRecord, 'holdId' | 'owner' | 'quantity'>,
  units: number,
  callerCaps: CallerCaps = {},
): Step[] =>
  units === quantity
    ? []
    : [
        {
          kind: 'resize',
          holdId,
          owner,
          quantity,
          change: { to: units },
          quantityMax: units,
          ...capsOnly(callerCaps),
        },
      ];
