import type { HoldRecord } from '../../domain/records.ts';
import type { Step } from '../../domain/steps.ts';
import { extendLine } from './cart-document.ts';
import type { Settings } from '../../contract/settings.ts';

/** Whose the units are to be. */
export interface Taker {
  /** `cart:<cartId>`. */
  owner: string;
  customer: string;
}

/**
 * A live hold becomes the taker's, cut to `units` where it has more. It is never released, and its life goes on: it does
 * not begin anew. Every step asserts the quantity that was seen.
 */
export function takeHold(coming: HoldRecord, units: number, taker: Taker, settings: Settings): Step[] {
  const { holdId, owner, quantity } = coming;
  const cut: Step[] =
    units < quantity ? [{ kind: 'resize', holdId, owner, quantity, change: { to: units }, quantityMax: quantity }] : [];
  const { owner: toOwner, customer: toCustomer } = taker;
  return [
    ...cut,
    { kind: 'transfer', holdId, owner, quantity: Math.min(units, quantity), toOwner, toCustomer },
    extendLine(holdId, toOwner, settings),
  ];
}

/**
 * The taker's hold `present` and a coming one of the same SKU become one of `units`: more than `present` has, at most what
 * both have together. The younger is folded into the older, whose life goes on: so nobody holds units for longer by
 * moving them to and fro. The one is released and the other raised within one transaction: nobody sees the middle, and a
 * sold-out SKU is no obstacle.
 */
export function foldHolds(
  coming: HoldRecord,
  present: HoldRecord,
  units: number,
  taker: Taker,
  settings: Settings,
): { steps: Step[]; holdId: string } {
  const isComingOlder = coming.createdAt < present.createdAt;
  const [older, younger] = isComingOlder ? [coming, present] : [present, coming];
  const kept = Math.min(older.quantity, units);
  const steps: Step[] = [{ kind: 'release', holdId: younger.holdId, owner: younger.owner, quantity: younger.quantity }];
  if (isComingOlder) steps.push(...takeHold(coming, kept, taker, settings));
  if (units > kept) steps.push(raise(older.holdId, taker.owner, kept, units));
  if (!isComingOlder) steps.push(extendLine(present.holdId, taker.owner, settings));
  return { steps, holdId: older.holdId };
}

const raise = (holdId: string, owner: string, quantity: number, units: number): Step => ({
  kind: 'resize',
  holdId,
  owner,
  quantity,
  change: { by: { min: units - quantity, want: units - quantity } },
  quantityMax: units,
});
