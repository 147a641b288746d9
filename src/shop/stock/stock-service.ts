import type { StockRecord } from '../../domain/records.ts';
import type { Step } from '../../domain/steps.ts';
import { eventStep } from '../event/event-document.ts';
import type { AvailabilityCache } from './units/availability.ts';
import type { ServiceParts } from './supply/service-parts.ts';
import type { StockService } from './stock-api.ts';
import { type Call, invalid, ok, type Refusal, refuse, type Result } from '../../contract/calls/call.ts';
import type { ArchiveInput, AvailabilityInput, HistoryInput, LevelInput } from '../../contract/inputs/inputs.ts';
import { archiveKey } from '../../transact/documents/names.ts';
import { NOTHING_READ } from '../../transact/mutation.ts';
import { decodeCursor, encodeCursor, pageLimit } from '../../contract/calls/paging.ts';
import { Replenishment, STALE_FILL } from './supply/backorders.ts';
import { defineSku } from './settings/define-sku.ts';
import { keyAt, keysRead, LOCATED_DEFAULTS, openingSteps } from './supply/located-steps.ts';
import { movementView } from './units/movement-view.ts';
import { configureStep } from './settings/settings-change.ts';
import type { SkuFinder } from './search/sku-finder.ts';
import { pageOfStock } from './search/stock-page.ts';
import type { Availability, MovementPage, StockLevel } from '../../contract/outputs/stock-outputs.ts';

interface StockParts extends ServiceParts {
  finder: SkuFinder;
  availability: AvailabilityCache;
}

/** A change of the units of a SKU at a location. */
interface StockChange {
  sku: string;
  location?: string | undefined;
  reason?: string | undefined;
  reference?: string | undefined;
}

/** Each change of a SKU is one transaction. It returns the level right after. */
export function createStockService(parts: StockParts): Omit<StockService, 'writeOff'> {
  const { prices } = parts;
  return {
    async define(input, call) {
      const level = await defineSku(parts, input, call);
      prices.delete(input.sku);
      return level;
    },
    receive: (input, call) =>
      changeStock(parts, { procedure: 'stock.receive', input, call }, (sku) => ({
        kind: 'adjust',
        sku,
        delta: input.quantity,
        as: 'received',
      })),
    adjust: (input, call) =>
      changeStock(parts, { procedure: 'stock.adjust', input, call }, (sku) => ({
        kind: 'adjust',
        sku,
        delta: input.delta,
        as: 'adjusted',
      })),
    count: (input, call) => {
      const { onHand, expectedOnHand } = input;
      const expected = expectedOnHand === undefined ? {} : { expectedOnHand };
      return changeStock(parts, { procedure: 'stock.count', input, call }, (sku) => ({
        kind: 'count',
        sku,
        onHand,
        ...expected,
      }));
    },
    archive: (input, call) => archiveSku(parts, input, call),
    level: (input) => levelOfSku(parts, input),
    list: (input) => pageOfStock(parts, input),
    history: (input) => stockHistory(parts, input),
    availability: (input) => availabilityIn(parts, input),
  };
}

/** Changes the units of a SKU at a location. The first change creates the record of that location. */
async function changeStock(
  parts: StockParts,
  { procedure, input, call }: { procedure: string; input: StockChange; call: Call },
  stepOf: (key: string) => Step,
): Promise<Result<StockLevel>> {
  const { transactor, reader, locations } = parts;
  const { sku, reason, reference } = input;
  const begun = transactor.waits.begun(call);
  const key = await transactor.waits.before(begun, keyAt(locations, input));
  if (!key.ok) return key;
  const step = stepOf(key.value);
  const isMain = key.value === sku;
  const supply = new Replenishment(parts);
  return transactor.run({
    procedure,
    input,
    defaults: LOCATED_DEFAULTS,
    call: begun,
    reason,
    reference,
    optimisticSnapshot: () => (supply.isFirst && isMain ? NOTHING_READ : null),
    reads: () => supply.reads(isMain ? [] : [sku, key.value]),
    compose: (view) => {
      const [main = null, record = null] = view.stock;
      return {
        steps: [...(isMain ? [] : openingSteps(key.value, main, record)), ...supply.steps([step], view)],
        address: null,
      };
    },
    retryOn: STALE_FILL,
    answer: () => reader.level(sku),
  });
}

async function levelOfSku({ reader, locations }: StockParts, input: LevelInput): Promise<Result<StockLevel>> {
  const key = await keyAt(locations, input);
  return key.ok ? reader.level(input.sku, input.location) : key;
}

/** Returns the availability at the locations that sell in the channel, and only at the one that is named. */
async function availabilityIn(
  { availability, locations }: StockParts,
  { skus, channel, location }: AvailabilityInput,
): Promise<Result<Availability[]>> {
  await locations.prepare();
  if (location !== undefined && !(await locations.named(location)))
    return refuse({ reason: 'unknown_location', meta: { location } });
  const selling = locations.activeFor(channel);
  return ok(
    await availability.of(skus, location === undefined ? selling : selling.filter(({ id }) => id === location)),
  );
}

/**
 * Archives a SKU. A SKU without units on hand and without backorders has no live holds, so it is enough to expect zero
 * of both at each location. Its limits of backorders are cleared, so that it cannot be bought.
 */
function archiveSku(parts: StockParts, input: ArchiveInput, call: Call): Promise<Result<StockLevel>> {
  const { sku, reason } = input;
  const read = keysRead(parts.locations, sku);
  return parts.transactor.run({
    procedure: 'stock.archive',
    input,
    call,
    reason,
    reads: read.reads,
    compose: (view) => {
      const records = [...read.recordsIn(view)];
      const refusal = refusalOfBackorders(records.map(([, record]) => record));
      if (refusal) return { refusal };
      return {
        steps: [
          ...read.unchanged,
          ...records.map(([key, record]) => emptyStep(key, key === sku || record !== null)),
          ...records.flatMap(([, record]) => clearingSteps(record)),
          { kind: 'put', key: archiveKey(sku), expect: 'any', body: '{}' },
          eventStep(parts, call, { what: 'stock.archive', after: { sku }, reason }),
        ],
        address: null,
      };
    },
    answer: () => parts.reader.level(sku),
  });
}

/** Returns the refusal of a SKU that has no units on hand, but backorders; null if there is none. */
function refusalOfBackorders(records: readonly (StockRecord | null)[]): Refusal | null {
  const waiting = records.find((record) => record !== null && record.onHand === 0 && record.backordered > 0);
  if (!waiting) return null;
  const { onHand, reserved, committed } = waiting;
  return { reason: 'below_reserved', meta: { onHand, reserved, committed } };
}

const clearingSteps = (record: StockRecord | null): Step[] =>
  record === null || record.backorderLimit === null
    ? []
    : [configureStep({ sku: record.sku, backorderLimit: null }, record)];

/** Returns a step that is refused if a key has units, or if a location without a record has one by then. */
const emptyStep = (key: string, exists: boolean): Step =>
  exists
    ? { kind: 'count', sku: key, onHand: 0, expectedOnHand: 0, backordered: 0 }
    : { kind: 'configure', sku: key, expect: 'absent', checkOnly: true };

const MOVEMENT_ID_PATTERN = /^\d{1,16}-\d{1,16}$/;

async function stockHistory(
  { store, reader, locations }: StockParts,
  input: HistoryInput,
): Promise<Result<MovementPage>> {
  const wanted = await keyAt(locations, input);
  if (!wanted.ok) return wanted;
  const limit = pageLimit(input);
  if (!limit.ok) return limit;
  const cursor = decodeCursor<[string, string]>('history', ['string', 'string'], input.cursor);
  if (!cursor.ok) return cursor;
  const [key, before] = cursor.value ?? [wanted.value];
  if (key !== wanted.value || (before !== undefined && !MOVEMENT_ID_PATTERN.test(before))) {
    return invalid('cursor', 'is not a cursor of this history');
  }
  // A store returns at most 500 movements at once, so the oldest movement's pointer shows whether another page follows.
  const found = await store.history(key, { ...(before === undefined ? {} : { before }), limit: limit.value });
  if (found.length === 0 && before === undefined) {
    const level = await reader.level(input.sku);
    if (!level.ok) return level;
  }
  const oldest = found.at(-1);
  const hasMore = found.length === limit.value && oldest !== undefined && oldest.previous !== null;
  const next = hasMore ? { nextCursor: encodeCursor('history', [key, oldest.id]) } : {};
  return ok({ movements: found.map(movementView), ...next });
}
