import { acceptsChange } from '../../domain/order-states.ts';
import type { ReturnStep } from '../../domain/steps.ts';
import { type Call, invalid, type Refusal, type Result } from '../../contract/call.ts';
import type { ReturnInput } from '../../contract/inputs.ts';
import {
  aboutOrder,
  type BodyLine,
  fulfilledOf,
  type OrderState,
  putOrder,
  stateView,
  wrongStatus,
} from './order-document.ts';
import type { ServiceParts } from '../stock/service-parts.ts';
import { changeOrder } from './order-change.ts';
import { unitsBySku } from './units-by-sku.ts';
import type { Decision } from '../../transact/mutation.ts';
import type { Order } from '../../contract/order-outputs.ts';

/** Takes back units of a placed order. It does not track refunds of money. */
export async function returnUnits(parts: ServiceParts, input: ReturnInput, call: Call): Promise<Result<Order>> {
  if (call.idempotencyKey === undefined) return invalid('idempotencyKey', 'is required');
  return changeOrder(parts, { procedure: 'orders.return', input, call }, (state) => composeReturn(state, input));
}

function composeReturn(state: OrderState, { orderId, lines, restock }: ReturnInput): Decision<Order> {
  const { status, body, record } = state;
  if (!acceptsChange(status, 'returned_units')) return { refusal: wrongStatus(state) };
  const returned = returnedLines(body.lines, lines, status);
  if ('refusal' in returned) return returned;
  const next = { ...body, lines: returned.lines };
  return {
    steps: [
      ...returned.parts.map(
        ({ countedFor, ...part }): ReturnStep => ({
          kind: 'return',
          ...part,
          restock,
          ...(countedFor === undefined ? {} : { customer: countedFor }),
        }),
      ),
      putOrder(record, { status, body: next }),
    ],
    ...aboutOrder(orderId),
    answerFromCommit: () => stateView({ ...state, body: next } satisfies OrderState),
  };
}

interface ReturnedUnits {
  sku: string;
  quantity: number;
  countedFor?: string | undefined;
}

/**
 * Returns the order's lines after the return, and the units of each. Entries of one SKU are added up before they are
 * checked.
 */
function returnedLines(
  sold: readonly BodyLine[],
  entries: ReturnInput['lines'],
  status: string,
): { lines: BodyLine[]; parts: ReturnedUnits[] } | { refusal: Refusal } {
  const wanted = unitsBySku(entries);
  const parts: ReturnedUnits[] = [];
  const lines = sold.map((line) => {
    const quantity = Math.min(wanted.get(line.sku) ?? 0, fulfilledOf(line, status) - line.returned);
    if (quantity <= 0) return line;
    wanted.set(line.sku, (wanted.get(line.sku) ?? 0) - quantity);
    parts.push({ sku: line.sku, quantity, countedFor: line.countedFor });
    return { ...line, returned: line.returned + quantity };
  });
  for (const [sku, left] of wanted) if (left > 0) return { refusal: { reason: 'return_exceeds_sold', meta: { sku } } };
  return { lines, parts };
}
