import { acceptsChange } from '../../../domain/order-states.ts';
import { componentsOf } from '../../../domain/kits.ts';
import { locationOf, stockKey } from '../../../domain/stock-keys.ts';
import type { Step } from '../../../domain/steps.ts';
import { type Call, invalid, type Refusal, type Result } from '../../../contract/calls/call.ts';
import type { ReturnInput } from '../../../contract/inputs/inputs.ts';
import {
  aboutOrder,
  type BodyLine,
  fulfilledOf,
  type OrderState,
  putOrder,
  stateView,
  wrongStatus,
} from '../record/order-document.ts';
import { Replenishment } from '../../stock/supply/backorders.ts';
import { keyAt, openingSteps } from '../../stock/supply/located-steps.ts';
import type { Snapshot } from '../../../store/store.ts';
import type { ServiceParts } from '../../stock/supply/service-parts.ts';
import { changeOrder } from '../record/order-change.ts';
import { isOfLine, lineOf, sumOf } from '../../line/line-parts.ts';
import type { Decision } from '../../../transact/mutation.ts';
import type { Order } from '../../../contract/outputs/order-outputs.ts';

/** Takes back units of a placed order. It does not track refunds of money. */
export async function returnUnits(parts: ServiceParts, input: ReturnInput, call: Call): Promise<Result<Order>> {
  if (call.idempotencyKey === undefined) return invalid('idempotencyKey', 'is required');
  const begun = parts.transactor.waits.begun(call);
  const stock = new Set<string>();
  for (const line of input.lines) {
    const key = await parts.transactor.waits.before(begun, keyAt(parts.locations, line));
    if (!key.ok) return key;
    if (line.location !== undefined) stock.add(line.sku).add(key.value);
  }
  const supply = new Replenishment(parts);
  const change = { procedure: 'orders.return', input, call: begun, moreReads: () => supply.reads([...stock]) };
  return changeOrder(parts, change, (state, view) => composeReturn(state, input, view, supply));
}

function composeReturn(
  state: OrderState,
  { orderId, lines, restock }: ReturnInput,
  view: Snapshot,
  supply: Replenishment,
): Decision<Order> {
  const { status, body, record } = state;
  if (!acceptsChange(status, 'returned_units')) return { refusal: wrongStatus(state) };
  const returned = returnedParts(body.lines, lines, (part) => fulfilledOf(part, status) - part.returned);
  if ('refusal' in returned) return returned;
  const next = { ...body, lines: body.lines.map((part) => withReturned(part, returned.parts)) };
  return {
    steps: [
      ...supply.steps(returnSteps(returned.parts, restock, view), view),
      putOrder(record, { status, body: next }),
    ],
    ...aboutOrder(orderId),
    answerFromCommit: () => stateView({ ...state, body: next } satisfies OrderState),
  };
}

/** Units that return. */
interface ReturnedUnits {
  part: BodyLine;
  units: number;
  /** The location to which they return; undefined: the one that they left. */
  location: string | undefined;
}

const withReturned = (part: BodyLine, returned: readonly ReturnedUnits[]): BodyLine => {
  const units = sumOf(
    returned.filter((each) => each.part === part),
    (each) => each.units,
  );
  return units === 0 ? part : { ...part, returned: part.returned + units };
};

/**
 * Returns the steps of a return. Units that return to another location are added there by an adjustment and not as
 * received units, because they do not come from outside. A kit adds units of its components.
 */
function returnSteps(returned: readonly ReturnedUnits[], restock: boolean, { stock }: Snapshot): Step[] {
  const recordOf = (key: string) => stock.find((record) => record?.sku === key) ?? null;
  const opened = new Set<string>();
  return returned.flatMap(({ part, units, location }): Step[] => {
    const { sku, countedFor } = part;
    const customer = countedFor === undefined ? {} : { customer: countedFor };
    const to = location === undefined ? sku : stockKey(lineOf(part), location);
    if (to === sku) return [{ kind: 'return', sku, quantity: units, restock, ...customer }];
    const back: Step = { kind: 'return', sku, quantity: units, restock: false, ...customer };
    if (!restock) return [back];
    const kit = recordOf(lineOf(part));
    const components = (kit && componentsOf(kit)) ?? [{ sku: lineOf(part), quantity: 1 }];
    const added = components.flatMap(({ sku: each, quantity }): Step[] => {
      const key = stockKey(each, location ?? locationOf(sku));
      const opening = opened.has(key) ? [] : openingSteps(key, recordOf(each), recordOf(key));
      opened.add(key);
      return [...opening, { kind: 'adjust', sku: key, delta: units * quantity, as: 'adjusted' }];
    });
    return [back, ...added];
  });
}

/** Returns the units of each part. Entries of one SKU and location are added up before they are checked. */
function returnedParts(
  parts: readonly BodyLine[],
  entries: ReturnInput['lines'],
  roomOf: (part: BodyLine) => number,
): { parts: ReturnedUnits[] } | { refusal: Refusal } {
  const returned: ReturnedUnits[] = [];
  const left = new Map(parts.map((part) => [part, roomOf(part)]));
  for (const { sku, quantity, location } of addedUp(entries)) {
    let missing = quantity;
    const own = parts.filter(isOfLine(sku));
    const isThere = (part: BodyLine): boolean => location !== undefined && locationOf(part.sku) === location;
    for (const part of [...own.filter(isThere), ...own.filter((each) => !isThere(each))]) {
      const units = Math.min(missing, left.get(part) ?? 0);
      if (units <= 0) continue;
      missing -= units;
      left.set(part, (left.get(part) ?? 0) - units);
      returned.push({ part, units, location });
    }
    if (missing > 0) return { refusal: { reason: 'return_exceeds_sold', meta: { sku } } };
  }
  return { parts: returned };
}

function addedUp(entries: ReturnInput['lines']): ReturnInput['lines'] {
  const sums = new Map<string, ReturnInput['lines'][number]>();
  for (const entry of entries) {
    const key = `${entry.location ?? ''} ${entry.sku}`;
    sums.set(key, { ...entry, quantity: entry.quantity + (sums.get(key)?.quantity ?? 0) });
  }
  return [...sums.values()];
}
