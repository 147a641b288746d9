import type { Movement } from '../../domain/records.ts';
import { isSku } from '../../domain/skus.ts';
import type { Step } from '../../domain/steps.ts';
import { eventStep } from '../event/event-document.ts';
import type { AvailabilityCache } from './availability.ts';
import type { ServiceParts } from './service-parts.ts';
import type { StockService } from './stock-api.ts';
import { type Call, invalid, ok, type Result } from '../../contract/call.ts';
import type { ArchiveInput, DefineInput, HistoryInput, PageInput } from '../../contract/inputs.ts';
import { archiveKey, isOrder, isReservation, orderIdOf, reservationIdOf } from '../../transact/names.ts';
import { cutPage, decodeCursor, encodeCursor, pageLimit } from '../../contract/paging.ts';
import { changedSettings, configureStep } from './settings-change.ts';
import { levelOf } from './stock-reader.ts';
import type { MovementPage, ShownMovement, StockLevel } from '../../contract/stock-outputs.ts';
import type { Page } from '../../contract/output-fields.ts';

interface StockParts extends ServiceParts {
  availability: AvailabilityCache;
}

/** Each change of a SKU is one transaction. It returns the level right after. */
export function createStockService(parts: StockParts): Omit<StockService, 'writeOff'> {
  const { transactor, reader, prices, availability } = parts;
  const change = (
    procedure: string,
    input: { sku: string; reason?: string | undefined; reference?: string | undefined },
    call: Call,
    ...steps: Step[]
  ): Promise<Result<StockLevel>> =>
    transactor.run({
      procedure,
      input,
      call,
      reason: input.reason,
      reference: input.reference,
      reads: null,
      compose: () => ({ steps, address: null }),
      answer: () => reader.level(input.sku),
    });
  return {
    async define(input, call) {
      const level = await defineSku(parts, input, call);
      prices.delete(input.sku);
      return level;
    },
    receive: (input, call) =>
      change('stock.receive', input, call, { kind: 'adjust', sku: input.sku, delta: input.quantity, as: 'received' }),
    adjust: (input, call) =>
      change('stock.adjust', input, call, { kind: 'adjust', sku: input.sku, delta: input.delta, as: 'adjusted' }),
    count: (input, call) => {
      const { sku, onHand, expectedOnHand } = input;
      const expected = expectedOnHand === undefined ? {} : { expectedOnHand };
      return change('stock.count', input, call, { kind: 'count', sku, onHand, ...expected });
    },
    archive: (input, call) => change('stock.archive', input, call, ...archiveSteps(parts, input, call)),
    level: ({ sku }) => reader.level(sku),
    list: (input) => pageOfStock(parts, input),
    history: (input) => stockHistory(parts, input),
    availability: async ({ skus }) => ok(await availability.of(skus)),
  };
}

/**
 * Records an event with the settings that change. The store refuses a change of other settings than those that were
 * read, so `before` is what they were.
 */
function defineSku(parts: StockParts, input: DefineInput, call: Call): Promise<Result<StockLevel>> {
  const { sku } = input;
  return parts.transactor.run({
    procedure: 'stock.define',
    lockKeys: `define:${sku}`,
    input,
    call,
    reads: () => ({ skus: [sku] }),
    compose: ({ stock: [record] }) => {
      const configure = configureStep(input, record ?? null);
      const change = changedSettings(configure);
      const event = change && {
        what: 'stock.define',
        ...(change.before && { before: change.before }),
        after: change.after,
      };
      return { steps: [configure, ...(event ? [eventStep(parts, call, event)] : [])], address: null };
    },
    answer: () => parts.reader.level(sku),
  });
}

/** A SKU without units on hand has no live holds either, so counting zero and expecting zero is the whole check. */
const archiveSteps = (parts: StockParts, { sku, reason }: ArchiveInput, call: Call): Step[] => [
  { kind: 'count', sku, onHand: 0, expectedOnHand: 0 },
  { kind: 'put', key: archiveKey(sku), expect: 'any', body: '{}' },
  eventStep(parts, call, { what: 'stock.archive', after: { sku, reason } }),
];

/** Lists the SKUs first and then reads their exact levels, because a list does not subtract overdue holds. */
async function pageOfStock({ store, reader }: StockParts, input: PageInput): Promise<Result<Page<StockLevel>>> {
  const limit = pageLimit(input);
  if (!limit.ok) return limit;
  const cursor = decodeCursor<[string]>('stock', ['string'], input.cursor);
  if (!cursor.ok) return cursor;
  const after = cursor.value?.[0];
  if (after !== undefined && !isSku(after)) return invalid('cursor', 'is not a cursor of this list');
  const listed = await store.listStock({ ...(after === undefined ? {} : { after }), limit: limit.value + 1 });
  const { items: skus, ...next } = cutPage(
    listed,
    limit.value,
    ({ sku }) => sku,
    ({ sku }) => encodeCursor('stock', [sku]),
  );
  const records = await reader.shown(skus);
  return ok({ items: records.flatMap((record) => (record ? [levelOf(record)] : [])), ...next });
}

const MOVEMENT_ID_PATTERN = /^\d{1,16}-\d{1,16}$/;

async function stockHistory({ store, reader }: StockParts, input: HistoryInput): Promise<Result<MovementPage>> {
  const limit = pageLimit(input);
  if (!limit.ok) return limit;
  const cursor = decodeCursor<[string, string]>('history', ['string', 'string'], input.cursor);
  if (!cursor.ok) return cursor;
  const [sku, before] = cursor.value ?? [input.sku];
  if (sku !== input.sku || (before !== undefined && !MOVEMENT_ID_PATTERN.test(before))) {
    return invalid('cursor', 'is not a cursor of this history');
  }
  // A store returns at most 500 movements at once, so the oldest movement's pointer shows whether another page follows.
  const found = await store.history(sku, { ...(before === undefined ? {} : { before }), limit: limit.value });
  if (found.length === 0 && before === undefined) {
    const level = await reader.level(sku);
    if (!level.ok) return level;
  }
  const oldest = found.at(-1);
  const hasMore = found.length === limit.value && oldest !== undefined && oldest.previous !== null;
  const next = hasMore ? { nextCursor: encodeCursor('history', [sku, oldest.id]) } : {};
  return ok({ movements: found.map(movementView), ...next });
}

function movementView(movement: Movement): ShownMovement {
  const { id, at, sku, kind, quantity, onHand, reserved, committed, holdId, owner, cause } = movement;
  const orderId = cause.orderId ?? (owner !== null && isOrder(owner) ? orderIdOf(owner) : undefined);
  const reservationId = owner !== null && isReservation(owner) ? reservationIdOf(owner) : undefined;
  return {
    movementId: `mov_${id}`,
    at,
    sku,
    kind,
    quantity,
    onHand,
    reserved,
    committed,
    ...(holdId === null ? {} : { holdId }),
    ...(orderId === undefined ? {} : { orderId }),
    ...(reservationId === undefined ? {} : { reservationId }),
    cause: shownCause(cause),
  };
}

const shownCause = ({ by, reason, reference, requestId }: Movement['cause']): ShownMovement['cause'] => ({
  by,
  ...(reason === undefined ? {} : { reason }),
  ...(reference === undefined ? {} : { reference }),
  ...(requestId === undefined ? {} : { requestId }),
});
