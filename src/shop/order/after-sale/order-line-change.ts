import type { HoldRecord } from '../../../domain/records.ts';
import type { Step } from '../../../domain/steps.ts';
import type { Snapshot } from '../../../store/store.ts';
import { type Call, refuse, type Result } from '../../../contract/calls/call.ts';
import type { CancelLineInput, SetLineQuantityInput } from '../../../contract/inputs/inputs.ts';
import type { Order } from '../../../contract/outputs/order-outputs.ts';
import type { Decision } from '../../../transact/mutation.ts';
import type { ServiceParts } from '../../stock/supply/service-parts.ts';
import { changeOrder } from '../record/order-change.ts';
import {
  leastPreferredFirst,
  prepareSupplyInTime,
  spreadUnits,
  type Supply,
  supplyOf,
} from '../../stock/supply/supply.ts';
import { growLine, resizeHold } from './order-line-growth.ts';
import { isOfLine, lineOf, sumOf } from '../../line/line-parts.ts';
import { fulfilledOf, openUnits, type OrderBody, type OrderState } from '../record/order-document.ts';
import { committedHolds, putDispatched, refusalOfNoneOpen } from './order-open-lines.ts';

/** Cancels units of a line that have not left the stock. They are available again. */
export async function cancelLine(parts: ServiceParts, input: CancelLineInput, call: Call): Promise<Result<Order>> {
  const begun = parts.transactor.waits.begun(call);
  await prepareSupplyInTime(parts, {}, begun);
  return changeOrder(parts, { procedure: 'orders.cancelLine', input, call: begun }, (state, view) =>
    resizeLine(parts, state, { sku: input.sku, supply: null, view, to: (before) => before - input.quantity }),
  );
}

/** Sets the units of a line that has open units. More units are taken as for a new order, at the price of the line. */
export async function setLineQuantity(
  parts: ServiceParts,
  input: SetLineQuantityInput,
  call: Call,
): Promise<Result<Order>> {
  const { locations, settings, transactor } = parts;
  const begun = transactor.waits.begun(call);
  await prepareSupplyInTime(parts, input, begun);
  const supply = supplyOf(locations, input, settings);
  if (supply && 'refusal' in supply) return refuse(supply.refusal);
  const { sku, quantity } = input;
  const skus = supply ? locations.keysOf(sku) : [];
  return changeOrder(parts, { procedure: 'orders.setLineQuantity', input, call: begun, skus }, (state, view) =>
    resizeLine(parts, state, { sku, supply, view, to: () => quantity }),
  );
}

interface LineResize {
  sku: string;
  /** The locations that supply more units. Null: those at which the line has units. */
  supply: Supply | null;
  view: Snapshot;
  /** Returns the units of the line afterward. `before`: its units now. */
  to: (before: number) => number;
}

function resizeLine(parts: ServiceParts, state: OrderState, { sku, supply, view, to }: LineResize): Decision<Order> {
  const refusal = refusalOfNoneOpen(state);
  if (refusal) return { refusal };
  const line = state.body.lines.filter(isOfLine(sku));
  if (line.length === 0) return { refusal: { reason: 'unknown_sku', meta: { sku } } };
  const before = sumOf(line, ({ quantity }) => quantity);
  const quantity = to(before);
  const open = quantity - sumOf(line, (part) => fulfilledOf(part, state.status));
  const holds = committedHolds(state, view);
  const own = holds.filter(isOfLine(sku));
  if (open < 0 || own.length === 0) {
    return { refusal: { reason: 'exceeds_unfulfilled', meta: { sku, unfulfilled: sumOf(line, openUnits) } } };
  }
  const limit = parts.settings.lineQuantityMax;
  // The setting may be lower than it was at the sale: the line may still fall to any number.
  if (quantity > Math.max(limit, before)) return { refusal: { reason: 'quantity_limit', meta: { limit } } };
  const more = quantity - before;
  if (supply && more > 0) {
    const grown = growLine(parts, state, { sku, supply, view, holds, more });
    return 'refusal' in grown ? grown : putDispatched(parts, state, grown);
  }
  return putDispatched(parts, state, changeHolds(state.body, holds, changedUnits(parts, own, more, supply)));
}

/** Returns the units of the holds that change. Units are added to the first hold, and removed from the last ones. */
function changedUnits(
  { locations, settings }: ServiceParts,
  own: readonly HoldRecord[],
  change: number,
  supply: Supply | null,
): Map<HoldRecord, number> {
  const [first] = own;
  if (!first || change === 0) return new Map();
  if (change > 0) return new Map([[first, first.quantity + change]]);
  const unitsOf = ({ quantity }: HoldRecord): number => quantity;
  const order = leastPreferredFirst(own, {
    line: lineOf(first),
    preferred: supply?.locations ?? [],
    all: locations.all.map(({ id }) => id),
    sourcing: supply?.sourcing ?? settings.sourcing,
    unitsOf,
  });
  return new Map([...spreadUnits(order, -change, unitsOf)].map(([hold, cut]) => [hold, hold.quantity - cut]));
}

function changeHolds(body: OrderBody, holds: readonly HoldRecord[], units: ReadonlyMap<HoldRecord, number>) {
  const deltas = new Map([...units].map(([{ sku, quantity }, to]) => [sku, to - quantity]));
  return {
    steps: [...units].map(([hold, to]) => (to === 0 ? releaseCommitted(hold) : resizeHold(hold, to))),
    body: {
      ...body,
      lines: body.lines.map((part) => {
        const delta = deltas.get(part.sku) ?? 0;
        return delta === 0 ? part : { ...part, quantity: part.quantity + delta };
      }),
    },
    left: holds.filter((hold) => units.get(hold) !== 0),
  };
}

const releaseCommitted = ({ holdId, owner, quantity }: HoldRecord): Step => ({
  kind: 'release',
  holdId,
  owner,
  quantity,
  committed: true,
});
