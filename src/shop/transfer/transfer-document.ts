import type { Refusal } from '../../contract/calls/call.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Transfer, TransferLine } from '../../contract/outputs/transfer-outputs.ts';
import type { DocumentRecord } from '../../domain/records.ts';
import type { PutStep } from '../../domain/steps.ts';
import { isOpenTransfer, type TransferStatus } from '../../domain/transfer-states.ts';
import type { Snapshot } from '../../store/store.ts';
import { documentIn } from '../../transact/documents/json-document.ts';
import { transferIdOf, transferKey } from '../../transact/documents/names.ts';

/** The stored body of a transfer. */
export type TransferBody = Omit<Transfer, 'transferId'>;

/** A transfer in one snapshot. */
export interface TransferState {
  transferId: string;
  body: TransferBody;
  version: number | 'absent';
  /** The time of the snapshot. */
  at: number;
}

/** Returns the transfer of a snapshot; null if it has none. Throws `ServiceFailure` if its record cannot be read. */
export function transferState(transferId: string, view: Snapshot): TransferState | null {
  const { value: body, version } = documentIn<TransferBody | null>(view, transferKey(transferId), null);
  return body && { transferId, body, version, at: view.at };
}

export const transferView = (transferId: string, body: TransferBody): Transfer => ({ transferId, ...body });

/** Returns the transfer of a record; null for a record that cannot be read. */
export function transferIn({ key, body }: DocumentRecord): Transfer | null {
  try {
    return transferView(transferIdOf(key), JSON.parse(body) as TransferBody);
  } catch {
    return null;
  }
}

/** Writes a transfer. An ended one is kept for as long as a sold order. */
export function putTransfer(
  { transferId, version }: Pick<TransferState, 'transferId' | 'version'>,
  body: TransferBody,
  { orderRetentionMs }: Pick<Settings, 'orderRetentionMs'>,
): PutStep {
  const isOpen = isOpenTransfer(body.status);
  return {
    kind: 'put',
    key: transferKey(transferId),
    expect: version,
    body: JSON.stringify(body),
    list: isOpen ? 'transfers' : 'transfers_ended',
    dueInMs: isOpen ? null : orderRetentionMs,
  };
}

/** Returns the units of a line of a dispatched transfer that have neither arrived nor been lost. */
export const inTransit = ({ quantity, received, lost }: TransferLine): number => quantity - received - lost;

export const unknownTransfer = (transferId: string): Refusal => ({ reason: 'unknown_transfer', meta: { transferId } });

/** Returns the refusal of a change in the wrong status; null in one of `allowed`. */
export const wrongTransferStatus = (
  { transferId, body: { status } }: TransferState,
  ...allowed: readonly TransferStatus[]
): Refusal | null => (allowed.includes(status) ? null : { reason: 'transfer_state', meta: { transferId, status } });
