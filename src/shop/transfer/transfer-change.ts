import { type Call, ok, type Refusal, type Result, refuse } from '../../contract/calls/call.ts';
import type { Transfer } from '../../contract/outputs/transfer-outputs.ts';
import type { CoreReason } from '../../domain/refusal.ts';
import type { Step } from '../../domain/steps.ts';
import type { Snapshot } from '../../store/store.ts';
import type { Decision } from '../../transact/mutation.ts';
import { transferKey } from '../../transact/documents/names.ts';
import { eventStep } from '../event/event-document.ts';
import type { ServiceParts } from '../stock/supply/service-parts.ts';
import {
  putTransfer,
  type TransferBody,
  transferState,
  type TransferState,
  transferView,
  unknownTransfer,
} from './transfer-document.ts';
import { type FoundStock, foundStock } from './transfer-stock.ts';

/** Refusals of the store that the first composition, which does not read the stock, could not foresee. */
const UNFORESEEN: readonly CoreReason[] = ['below_reserved', 'unknown_sku'];

interface TransferChangeCall {
  procedure: 'transfers.dispatch' | 'transfers.receive' | 'transfers.cancel';
  input: { transferId: string; reason?: string | undefined };
  call: Call;
}

export interface TransferChange {
  body: TransferBody;
  /** The steps that move the units. */
  moves: readonly Step[];
}

interface TransferRules {
  /** Returns the stock keys that `decide` reads, after the store has refused its first decision. */
  keysOf: (state: TransferState) => readonly string[];
  decide: (state: TransferState, stock: FoundStock | null) => TransferChange | { refusal: Refusal };
}

/**
 * Changes one transfer and the stock that it moves in one transaction. The stock is read only if the store has refused
 * a change that was decided without it. Refused `unknown_transfer`, and what `decide` refuses.
 */
export function changeTransfer(
  parts: ServiceParts,
  change: TransferChangeCall,
  { keysOf, decide }: TransferRules,
): Promise<Result<Transfer>> {
  const { transferId, reason } = change.input;
  let keys: readonly string[] = [];
  const compose = (view: Snapshot): Decision<Transfer> => {
    const state = transferState(transferId, view);
    if (!state) return { refusal: unknownTransfer(transferId) };
    const decided = decide(state, keys.length === 0 ? null : foundStock(keys, view));
    keys = keysOf(state);
    return 'refusal' in decided ? decided : composed(parts, change, state, decided);
  };
  return parts.transactor.run({
    ...change,
    reason,
    reference: transferId,
    lockKeys: transferKey(transferId),
    reads: () => ({ documents: [transferKey(transferId)], skus: keys }),
    compose,
    retryOn: UNFORESEEN,
    answer: () => readTransfer(parts, transferId),
  });
}

/** The document is first: a stale view must fail on it, and not on the stock. */
function composed(
  parts: ServiceParts,
  { procedure, input, call }: TransferChangeCall,
  state: TransferState,
  { body, moves }: TransferChange,
): Decision<Transfer> {
  const { transferId } = state;
  const { reason, ...given } = input;
  const before = { status: state.body.status };
  const event = { what: procedure, before, after: { ...given, status: body.status }, reason };
  return {
    steps: [putTransfer(state, body, parts.settings), ...moves, eventStep(parts, call, event)],
    address: null,
    effectReference: transferId,
    answerFromCommit: () => transferView(transferId, body),
  };
}

export async function readTransfer(
  { read }: Pick<ServiceParts, 'read'>,
  transferId: string,
): Promise<Result<Transfer>> {
  const state = transferState(transferId, await read({ documents: [transferKey(transferId)] }));
  return state ? ok(transferView(transferId, state.body)) : refuse(unknownTransfer(transferId));
}
