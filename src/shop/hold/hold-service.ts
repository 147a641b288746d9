import { ID_PATTERN } from '../../domain/limits.ts';
import { isSku } from '../../domain/skus.ts';
import type { HoldRecord } from '../../domain/records.ts';
import type { Step } from '../../domain/steps.ts';
import type { HoldPosition, Snapshot, Store } from '../../store/store.ts';
import { cartState, putCart } from '../cart/cart-document.ts';
import { endableHold, skuLevel } from './hold-ending.ts';
import type { HoldService } from './hold-api.ts';
import type { HoldReleaseInput, HoldsListInput } from '../../contract/inputs.ts';
import { cartIdOf, isCart } from '../../transact/names.ts';
import { cutPage, decodeCursor, encodeCursor, pageLimit } from '../../contract/paging.ts';
import { invalid, ok, type Result } from '../../contract/refusals.ts';
import type { Read, StockReader } from '../stock/stock-reader.ts';
import type { Decision } from '../../transact/mutation.ts';
import type { Transactor } from '../../transact/transactor.ts';
import type { Page } from '../../contract/output-fields.ts';
import type { Hold, StockLevel } from '../../contract/stock-outputs.ts';

export interface HoldParts {
  store: Store;
  transactor: Transactor;
  read: Read;
  reader: StockReader;
}

/** What the operator sees of holds, and may end of them. */
export function createHoldService(parts: HoldParts): HoldService {
  const { transactor, read, reader } = parts;
  return {
    list: (input) => listHolds(parts, input),
    release: (input, call) =>
      transactor.run({
        procedure: 'holds.release',
        input,
        call,
        reason: input.reason,
        reads: async () => {
          const [hold] = (await read({ holds: [input.holdId] })).holds;
          return { holds: [input.holdId], documents: hold && isCart(hold.owner) ? [hold.owner] : [] };
        },
        compose: (view) => composeRelease(input, view),
        answer: skuLevel(reader),
      }),
  };
}

/** Where the hold stands in a cart, its line goes with it, and the shopper is told. */
function composeRelease({ holdId }: HoldReleaseInput, view: Snapshot): Decision<StockLevel> {
  const endable = endableHold(holdId, view);
  if ('refusal' in endable) return endable;
  const { owner, sku, quantity } = endable;
  const release: Step = { kind: 'release', holdId, owner, quantity };
  const composed = { address: null, reference: sku };
  if (!isCart(owner)) return { ...composed, steps: [release] };
  return { ...composed, steps: [release, ...withoutLine(endable, view)] };
}

function withoutLine({ holdId, owner, sku, quantity }: HoldRecord, view: Snapshot): Step[] {
  const state = cartState(cartIdOf(owner), view);
  const lines = state.lines.filter((line) => line.holdId !== holdId);
  if (lines.length === state.lines.length) return [];
  return putCart(state, { lines, lost: [...state.lost, { sku, quantity, at: view.at }] });
}

/** A page may hold fewer than `limit` holds though another follows: those past their deadline are left out. */
async function listHolds({ store, read }: HoldParts, input: HoldsListInput): Promise<Result<Page<Hold>>> {
  const limit = pageLimit(input);
  if (!limit.ok) return limit;
  const cursor = decodeCursor<[string, number, string]>('holds', ['string', 'number', 'string'], input.cursor);
  if (!cursor.ok) return cursor;
  const after = cursor.value ? positionOf(cursor.value) : null;
  if (after && !isPosition(after, input.sku)) return invalid('cursor', 'is not a cursor of this list');
  const { at } = await read({});
  const found = await store.listHolds({
    ...(input.sku === undefined ? {} : { sku: input.sku }),
    ...(after ? { after } : {}),
    limit: limit.value + 1,
  });
  const { items, ...next } = cutPage(
    found,
    limit.value,
    (hold) => (hold.expiresAt > at ? [holdView(hold)] : []),
    ({ sku, expiresAt, holdId }) => encodeCursor('holds', [sku, expiresAt, holdId]),
  );
  return ok({ items: items.flat(), ...next });
}

const positionOf = ([sku, expiresAt, holdId]: [string, number, string]): HoldPosition => ({ sku, expiresAt, holdId });

const isPosition = ({ sku, expiresAt, holdId }: HoldPosition, listed: string | undefined): boolean =>
  isSku(sku) &&
  (listed === undefined || listed === sku) &&
  Number.isSafeInteger(expiresAt) &&
  expiresAt >= 0 &&
  ID_PATTERN.test(holdId);

export function holdView(hold: HoldRecord): Hold {
  const { holdId, sku, quantity, state, expiresAt, createdAt, owner, version } = hold;
  return { holdId, sku, quantity, state, expiresAt, createdAt, owner, version };
}
