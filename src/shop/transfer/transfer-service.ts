import { newestDocuments } from '../../transact/documents/document-pages.ts';
import { type Call, invalid, ok, type Refusal, type Result, refuse } from '../../contract/calls/call.ts';
import type { Page } from '../../contract/output-fields.ts';
import type { TransferCreateInput, TransfersListInput } from '../../contract/inputs/transfer-inputs.ts';
import type { Transfer } from '../../contract/outputs/transfer-outputs.ts';
import type { DocumentList } from '../../domain/records.ts';
import { isOpenTransfer, type TransferStatus } from '../../domain/transfer-states.ts';
import type { Snapshot } from '../../store/store.ts';
import type { Decision } from '../../transact/mutation.ts';
import { isTransfer } from '../../transact/documents/names.ts';
import { eventStep } from '../event/event-document.ts';
import type { ShopLocations } from '../location/shop-locations.ts';
import type { ServiceParts } from '../stock/supply/service-parts.ts';
import type { TransferService } from './transfer-api.ts';
import { readTransfer } from './transfer-change.ts';
import { putTransfer, type TransferBody, transferIn, transferView } from './transfer-document.ts';
import { cancelTransfer, dispatchTransfer, receiveTransfer } from './transfer-moves.ts';

export const createTransferService = (parts: ServiceParts): TransferService => ({
  create: (input, call) => createTransfer(parts, input, call),
  dispatch: (input, call) => dispatchTransfer(parts, input, call),
  receive: (input, call) => receiveTransfer(parts, input, call),
  cancel: (input, call) => cancelTransfer(parts, input, call),
  get: ({ transferId }) => readTransfer(parts, transferId),
  list: (input) => listTransfers(parts, input),
});

async function createTransfer(parts: ServiceParts, input: TransferCreateInput, call: Call): Promise<Result<Transfer>> {
  const begun = parts.transactor.waits.begun(call);
  const refusal = await parts.transactor.waits.before(begun, refusedPlaces(parts.locations, input));
  if (refusal) return refuse(refusal);
  return parts.transactor.run<Transfer>({
    procedure: 'transfers.create',
    input,
    call: begun,
    reads: () => ({ skus: input.lines.map(({ sku }) => sku) }),
    compose: (view) => composeCreate(parts, input, call, view),
    answer: ({ reference }) => readTransfer(parts, reference ?? ''),
  });
}

/** Returns the refusal of the locations of a transfer. A location is never deleted, so the check stays valid. */
async function refusedPlaces(locations: ShopLocations, { from, to }: TransferCreateInput): Promise<Refusal | null> {
  if (from === to) return invalid('to', 'must be another location than from').refusal;
  for (const location of [from, to])
    if (!(await locations.named(location))) return { reason: 'unknown_location', meta: { location } };
  return null;
}

/** Composes a draft. A SKU is never deleted, so it is checked only here; its units are checked at the dispatch. */
function composeCreate(
  parts: ServiceParts,
  { from, to, lines, reference, reason }: TransferCreateInput,
  call: Call,
  view: Snapshot,
): Decision<Transfer> {
  const unknown = lines.find((_, index) => !view.stock[index]);
  if (unknown) return { refusal: { reason: 'unknown_sku', meta: { sku: unknown.sku } } };
  const kit = lines.find((_, index) => (view.stock[index]?.components ?? null) !== null);
  if (kit) return { refusal: { reason: 'kit_stock', meta: { sku: kit.sku } } };
  const transferId = parts.ids.newId('trf_', view.at);
  const body: TransferBody = {
    status: 'draft',
    from,
    to,
    createdAt: view.at,
    ...(reference === undefined ? {} : { reference }),
    lines: lines.map(({ sku, quantity }) => ({ sku, quantity, received: 0, lost: 0 })),
  };
  const event = { what: 'transfers.create', after: { transferId, from, to, lines }, reason };
  return {
    steps: [putTransfer({ transferId, version: 'absent' }, body, parts.settings), eventStep(parts, call, event)],
    address: null,
    effectReference: transferId,
    answerFromCommit: () => transferView(transferId, body),
  };
}

/**
 * Returns the newest transfers first, merged from the lists of open and of ended ones. It omits those of another status
 * and those that cannot be read, so a page may have fewer than `limit` although another page follows.
 */
async function listTransfers({ store }: ServiceParts, input: TransfersListInput): Promise<Result<Page<Transfer>>> {
  const lists = transferLists(input.status);
  const page = await newestDocuments(store, input, { name: 'transfers', isKey: isTransfer, lists });
  if (!page.ok) return page;
  const { items, ...next } = page.value;
  const shown = items.map(transferIn).filter((each) => each !== null);
  return ok({ items: shown.filter((each) => input.status === undefined || each.status === input.status), ...next });
}

/** Returns the lists that may have transfers of a status. */
function transferLists(status: TransferStatus | undefined): DocumentList[] {
  if (status === undefined) return ['transfers', 'transfers_ended'];
  return [isOpenTransfer(status) ? 'transfers' : 'transfers_ended'];
}
