import type { HoldRecord } from '../../domain/records.ts';
import type { FulfilStep } from '../../domain/steps.ts';
import type { Snapshot } from '../../store/store.ts';
import type { Call, Refusal, Result } from '../../contract/call.ts';
import type { FulfilInput } from '../../contract/inputs.ts';
import type { Order } from '../../contract/order-outputs.ts';
import type { Decision } from '../../transact/mutation.ts';
import type { ServiceParts } from '../stock/service-parts.ts';
import { changeOrder } from './order-change.ts';
import { type BodyLine, openUnits, type OrderBody, type OrderState } from './order-document.ts';
import { committedHolds, putDispatched, refusalOfNoneOpen } from './order-open-lines.ts';
import { unitsBySku } from './units-by-sku.ts';

/** The tracking references that an order keeps. The ledger has all of them. */
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
  const wanted = lines === undefined ? allOpen(state.body.lines) : unitsBySku(lines);
  const refusal = refusalOfNoneOpen(state) ?? tooMany(state.body.lines, wanted);
  if (refusal) return { refusal };
  const holds = committedHolds(state, view);
  const steps = holds.flatMap((hold) => fulfilStep(state.key, hold, wanted.get(hold.sku) ?? 0));
  const body = withTracking(dispatched(state.body, wanted), trackingReference);
  const left = holds.filter((hold) => hold.quantity > (wanted.get(hold.sku) ?? 0));
  return putDispatched(parts, state, { steps, body, left });
}

function fulfilStep(owner: string, { holdId }: HoldRecord, units: number): FulfilStep[] {
  return units === 0 ? [] : [{ kind: 'fulfil', holdId, owner, units }];
}

const allOpen = (lines: readonly BodyLine[]): Map<string, number> =>
  new Map(lines.map((line): [string, number] => [line.sku, openUnits(line)]).filter(([, units]) => units > 0));

function tooMany(lines: readonly BodyLine[], wanted: ReadonlyMap<string, number>): Refusal | null {
  for (const [sku, units] of wanted) {
    const line = lines.find((each) => each.sku === sku);
    if (!line) return { reason: 'unknown_sku', meta: { sku } };
    const unfulfilled = openUnits(line);
    if (units > unfulfilled) return { reason: 'exceeds_unfulfilled', meta: { sku, unfulfilled } };
  }
  return null;
}

const dispatched = (body: OrderBody, wanted: ReadonlyMap<string, number>): OrderBody => ({
  ...body,
  lines: body.lines.map((line) => {
    const units = wanted.get(line.sku) ?? 0;
    return units === 0 ? line : { ...line, fulfilled: (line.fulfilled ?? 0) + units };
  }),
});

function withTracking(body: OrderBody, reference: string | undefined): OrderBody {
  const known = body.trackingReferences ?? [];
  if (reference === undefined || known.includes(reference)) return body;
  return { ...body, trackingReferences: [...known, reference].slice(-TRACKING_REFERENCES_MAX) };
}
