import { type Call, invalid, type Refusal, type Result } from '../../contract/calls/call.ts';
import type {
  TransferCancelInput,
  TransferDispatchInput,
  TransferReceiveInput,
} from '../../contract/inputs/transfer-inputs.ts';
import type { Transfer, TransferLine } from '../../contract/outputs/transfer-outputs.ts';
import { stockKey } from '../../domain/stock-keys.ts';
import type { AdjustStep } from '../../domain/steps.ts';
import { openingSteps } from '../stock/supply/located-steps.ts';
import type { ServiceParts } from '../stock/supply/service-parts.ts';
import { changeTransfer, type TransferChange } from './transfer-change.ts';
import { inTransit, type TransferState, wrongTransferStatus } from './transfer-document.ts';
import { type FoundStock, moveStep, shortage } from './transfer-stock.ts';

/** Dispatches a draft: its units leave the stock of its first location. */
export const dispatchTransfer = (
  parts: ServiceParts,
  input: TransferDispatchInput,
  call: Call,
): Promise<Result<Transfer>> =>
  changeTransfer(
    parts,
    { procedure: 'transfers.dispatch', input, call },
    {
      keysOf: ({ body: { lines, from } }) => lines.map(({ sku }) => stockKey(sku, from)),
      decide(state, stock) {
        const { lines, from } = state.body;
        const refusal = wrongTransferStatus(state, 'draft') ?? (stock && shortage(lines, from, stock));
        if (refusal) return { refusal };
        return {
          body: { ...state.body, status: 'in_transit', dispatchedAt: state.at },
          moves: lines.map(({ sku, quantity }) => leavingStep(moveStep(sku, from, -quantity), stock)),
        };
      },
    },
  );

/**
 * Returns the step with the number of backordered units on which the decision was based. The store refuses the step if
 * the number has changed. Otherwise units could leave that a backorder waits for.
 */
const leavingStep = (step: AdjustStep, stock: FoundStock | null): AdjustStep => ({
  ...step,
  backordered: stock?.record(step.sku)?.backordered ?? 0,
});

/** Adds units that arrived to the stock of the other location, and notes which are lost. */
export async function receiveTransfer(
  parts: ServiceParts,
  input: TransferReceiveInput,
  call: Call,
): Promise<Result<Transfer>> {
  const areSomeLost = input.lines.some(({ lost = 0 }) => lost > 0);
  if (areSomeLost && input.reason === undefined) return invalid('reason', 'is required if units are lost');
  return changeTransfer(
    parts,
    { procedure: 'transfers.receive', input, call },
    {
      keysOf: ({ body: { to } }) => input.lines.flatMap(({ sku }) => [sku, stockKey(sku, to)]),
      decide: (state, stock) => decideReceive(state, stock, input),
    },
  );
}

function decideReceive(
  state: TransferState,
  stock: FoundStock | null,
  { lines: arrived, reason }: TransferReceiveInput,
): TransferChange | { refusal: Refusal } {
  const { body, at } = state;
  const refusal = wrongTransferStatus(state, 'in_transit') ?? tooMany(body.lines, arrived);
  if (refusal) return { refusal };
  const lines = body.lines.map((line) => {
    const part = arrived.find(({ sku }) => sku === line.sku);
    return part ? { ...line, received: line.received + part.quantity, lost: line.lost + (part.lost ?? 0) } : line;
  });
  const isEnd = lines.every((line) => inTransit(line) === 0);
  const moves = arrived
    .filter(({ quantity }) => quantity > 0)
    .flatMap(({ sku, quantity }) => [
      ...openingSteps(
        stockKey(sku, body.to),
        stock?.record(sku) ?? null,
        stock?.record(stockKey(sku, body.to)) ?? null,
      ),
      moveStep(sku, body.to, quantity),
    ]);
  const next = { ...body, lines, ...(reason === undefined ? {} : { reason }) };
  return { body: isEnd ? { ...next, status: 'received', endedAt: at } : next, moves };
}

function tooMany(lines: readonly TransferLine[], arrived: TransferReceiveInput['lines']): Refusal | null {
  for (const { sku, quantity, lost = 0 } of arrived) {
    const line = lines.find((each) => each.sku === sku);
    if (!line) return { reason: 'unknown_sku', meta: { sku } };
    const left = inTransit(line);
    if (quantity + lost > left) return { reason: 'exceeds_in_transit', meta: { sku, inTransit: left } };
  }
  return null;
}

/** Ends a transfer. Units in transit return to the stock of the first location. */
export const cancelTransfer = (
  parts: ServiceParts,
  input: TransferCancelInput,
  call: Call,
): Promise<Result<Transfer>> =>
  changeTransfer(
    parts,
    { procedure: 'transfers.cancel', input, call },
    {
      keysOf: () => [],
      decide(state) {
        const { body, at } = state;
        const refusal = wrongTransferStatus(state, 'draft', 'in_transit');
        if (refusal) return { refusal };
        const back = body.status === 'draft' ? [] : body.lines.filter((line) => inTransit(line) > 0);
        return {
          body: { ...body, status: 'cancelled', endedAt: at, reason: input.reason },
          moves: back.map((line) => moveStep(line.sku, body.from, inTransit(line))),
        };
      },
    },
  );
