import { isCounted } from '../../../domain/machine/grant.ts';
import type { HoldRecord, StockRecord } from '../../../domain/records.ts';
import type { ResizeStep, Step } from '../../../domain/steps.ts';
import type { Refusal } from '../../../contract/calls/call.ts';
import type { Snapshot } from '../../../store/store.ts';
import { isOfLine } from '../../line/line-parts.ts';
import type { ServiceParts } from '../../stock/supply/service-parts.ts';
import { type Allotment, source, candidateUnits } from '../../stock/supply/sourcing.ts';
import { candidatesOf, sourceStockIn, type Supply } from '../../stock/supply/supply.ts';
import type { BodyLine, OrderBody, OrderState } from '../record/order-document.ts';
import { sellUnheld } from '../record/sold-line.ts';

interface Growth {
  sku: string;
  supply: Supply;
  view: Snapshot;
  /** The committed holds of the order. */
  holds: readonly HoldRecord[];
  more: number;
}

/** The steps of a change, and the order after it. */
interface GrownLine {
  steps: Step[];
  body: OrderBody;
  left: readonly Pick<HoldRecord, 'holdId'>[];
}

/** Adds units of several locations to a line of a placed order. Refused: `insufficient_stock`. */
export function growLine(
  { locations, ids }: Pick<ServiceParts, 'locations' | 'ids'>,
  state: OrderState,
  { sku, supply, view, holds, more }: Growth,
): GrownLine | { refusal: Refusal } {
  const parts = state.body.lines.filter(isOfLine(sku));
  const stock = sourceStockIn(view, locations.keysOf(sku));
  const { customer } = state.body.origin;
  const counted = isCounted(customer, stock.records[0]?.limitPerCustomer ?? null);
  const candidates = candidatesOf(
    sku,
    supply,
    stock,
    holds.map((hold) => hold.sku),
  ).filter(({ key }) => holds.some((hold) => hold.sku === key) || mayAdd(parts, key, counted));
  const allotments = source(candidates, { min: more, want: more }, supply.sourcing);
  if (!allotments) {
    const lines = [{ sku, requested: more, available: candidateUnits(candidates) }];
    return { refusal: { reason: 'insufficient_stock', meta: { lines } } };
  }
  const grown: GrownLine = { steps: [], body: state.body, left: holds };
  for (const { key, units, onHandOnly } of allotments) {
    const hold = holds.find((each) => each.sku === key);
    const covered = onHandOnly ? { onHandOnly } : {};
    if (hold) {
      grown.steps.push({ ...resizeHold(hold, hold.quantity + units), ...covered });
      grown.body = withPart(grown.body, parts, { sku: key, quantity: units, returned: 0 });
      continue;
    }
    const holdId = ids.newId('hld_');
    const added = newUnits(state, { key, units, record: stock.records[0], hold: { holdId, ...covered } });
    grown.steps.push(...added.steps);
    grown.body = withPart(grown.body, parts, added.line);
    grown.left = [...grown.left, { holdId: added.holdId }];
  }
  return grown;
}

/** Units of a part either all count toward the limit of the customer, or none of them do. */
function mayAdd(parts: readonly BodyLine[], key: string, counted: boolean): boolean {
  const part = parts.find((each) => each.sku === key);
  return !part || (part.countedFor !== undefined) === counted;
}

interface NewUnits extends Pick<Allotment, 'key' | 'units'> {
  record: StockRecord | undefined;
  hold: { holdId: string } & Pick<Allotment, 'onHandOnly'>;
}

function newUnits({ body, key: orderKey }: OrderState, { key, units, record, hold }: NewUnits) {
  const { customer } = body.origin;
  const line = { sku: key, quantity: units, returned: 0, sourced: true as const };
  return sellUnheld(line, record?.limitPerCustomer ?? null, { ...hold, customer }, { sellAt: 'dispatch', orderKey });
}

/** Adds the units of `added` to the part of the same stock, or as a new part with the price of its line. */
function withPart(body: OrderBody, parts: readonly BodyLine[], added: BodyLine): OrderBody {
  const isKnown = body.lines.some(({ sku }) => sku === added.sku);
  const [{ unitPrice, repriced } = {} as Partial<BodyLine>] = parts;
  const price = { ...(unitPrice === undefined ? {} : { unitPrice }), ...(repriced ? { repriced } : {}) };
  const lines = isKnown
    ? body.lines.map((part) =>
        part.sku === added.sku ? { ...part, sourced: true as const, quantity: part.quantity + added.quantity } : part,
      )
    : [...body.lines, { ...added, ...price }];
  return { ...body, lines };
}

export const resizeHold = ({ holdId, owner, quantity }: HoldRecord, to: number): ResizeStep => ({
  kind: 'resize',
  holdId,
  owner,
  quantity,
  change: { to },
  quantityMax: to,
});
