import type { HoldRecord } from '../../../domain/records.ts';
import type { FulfilStep } from '../../../domain/steps.ts';
import type { Snapshot } from '../../../store/store.ts';
import type { Call, Result } from '../../../contract/calls/call.ts';
import type { FulfilInput } from '../../../contract/inputs/inputs.ts';
import type { Order } from '../../../contract/outputs/order-outputs.ts';
import type { Decision } from '../../../transact/mutation.ts';
import type { ServiceParts } from '../../stock/supply/service-parts.ts';
import { changeOrder } from '../record/order-change.ts';
import { type BodyLine, openUnits, type OrderBody, type OrderState } from '../record/order-document.ts';
import { committedHolds, putDispatched, refusalOfNoneOpen } from './order-open-lines.ts';
import { allUnits, type PartUnits, refuseExcess, unitsOfEntries } from '../record/part-units.ts';

/** The most tracking references that an order keeps. The ledger has all of them. */
export const TRACKING_REFERENCES_MAX = 100;

/** Dispatches units of a placed order: they leave the stock. */
export const fulfilOrder = (parts: ServiceParts, input: FulfilInput, call: Call): Promise<Result<Order>> =>
  changeOrder(parts, { procedure: 'orders.fulfil', input, call, reference: input.trackingReference }, (state, view) =>
    composeFulfil(parts, state, input, view),
  );

function composeFulfil(
  parts: ServiceParts,
  state: OrderState,
  { lines, trackingReference }: FulfilInput,
  view: Snapshot,
): Decision<Order> {
  const refusal = refusalOfNoneOpen(state);
  if (refusal) return { refusal };
  const wanted =
    lines === undefined
      ? allUnits(state.body.lines, openUnits)
      : unitsOfEntries(state.body.lines, lines, { keyOf: ({ sku }) => sku, roomOf: openUnits });
  if ('isKnown' in wanted) return { refusal: refuseExcess(wanted) };
  const units = new Map([...wanted].map(([part, quantity]) => [part.sku, quantity]));
  const holds = committedHolds(state, view);
  const steps = holds.flatMap((hold) => fulfilStep(state.key, hold, units.get(hold.sku) ?? 0));
  const body = withTracking(dispatched(state.body, wanted), trackingReference);
  const left = holds.filter((hold) => hold.quantity > (units.get(hold.sku) ?? 0));
  return putDispatched(parts, state, { steps, body, left });
}

function fulfilStep(owner: string, { holdId, quantity }: HoldRecord, units: number): FulfilStep[] {
  return units === 0 ? [] : [{ kind: 'fulfil', holdId, owner, quantity, units }];
}

const dispatched = (body: OrderBody, wanted: PartUnits<BodyLine>): OrderBody => ({
  ...body,
  lines: body.lines.map((part) => {
    const units = wanted.get(part) ?? 0;
    return units === 0 ? part : { ...part, fulfilled: (part.fulfilled ?? 0) + units };
  }),
});

function withTracking(body: OrderBody, reference: string | undefined): OrderBody {
  const known = body.trackingReferences ?? [];
  if (reference === undefined || known.includes(reference)) return body;
  return { ...body, trackingReferences: [...known, reference].slice(-TRACKING_REFERENCES_MAX) };
}
