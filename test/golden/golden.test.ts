import { beforeAll, expect, test } from 'vitest';
import { ENDED_STATES, LIVE_STATES, MOVEMENT_KINDS } from '../../src/domain/records.ts';
import { INITIAL_SETTINGS } from '../../src/domain/sku-settings.ts';
import { createHoldfast } from '../../src/shop/holdfast.ts';
import { RECORD_FORMAT, RECORD_FORMAT_MIN } from '../../src/store/record-format.ts';
import type { Store } from '../../src/store/store.ts';
import { audited } from '../support/shop.ts';
import { consume, reserve, transaction } from '../support/transactions.ts';
import { embeddedPlace } from './embedded-place.ts';
import { goldenFormats, type Place, readGolden, writeGolden } from './golden-place.ts';
import { clockAtEnd, clockAtStart, listsOf, makeGoldenShop, recordsOf, viewsOf } from './golden-shop.ts';
import { redisPlace } from './redis-place.ts';

/** `npm run golden` writes the files of the current format. docs/decisions/formats.md explains when that is allowed. */
const isWriting = process.env['HOLDFAST_GOLDEN'] === 'write';
const RECORDS = 'records.json';
const CHANGED =
  `the bytes of format ${RECORD_FORMAT} have changed, so shops that exist would be misread: ` +
  'raise RECORD_FORMAT, write a migration, and add golden files (docs/decisions/formats.md)';

type Records = Awaited<ReturnType<typeof recordsOf>>;

const PLACES = { embedded: embeddedPlace, redis: redisPlace };
const engines = Object.keys(PLACES) as (keyof typeof PLACES)[];
const kept = engines.flatMap((engine) => goldenFormats().map((format) => [engine, format] as const));

/** Creates the golden shop by its commands, and closes it. */
async function make(place: Place) {
  const clock = clockAtStart();
  const store = await place.open(clock);
  await makeGoldenShop(store, clock);
  const found = await lookAt(store);
  await store.close();
  return found;
}

async function lookAt(store: Store, format?: number) {
  const holdfast = createHoldfast({ store });
  const { violations } = await audited(holdfast);
  const found = { records: await recordsOf(store, format), views: await viewsOf(holdfast), violations };
  await holdfast.close();
  return found;
}

async function writeFiles(): Promise<void> {
  for (const engine of engines) {
    await using place = await PLACES[engine]();
    const { records, views } = await make(place);
    await place.save(RECORD_FORMAT);
    writeGolden(RECORD_FORMAT, RECORDS, linesOf({ ...records, views }));
  }
}

beforeAll(async () => {
  if (isWriting) await writeFiles();
});

test('each kept format has golden files', () => {
  const formats = Array.from(
    { length: RECORD_FORMAT - RECORD_FORMAT_MIN + 1 },
    (_, index) => RECORD_FORMAT_MIN + index,
  );
  expect(goldenFormats(), 'npm run golden writes the files of a new format').toEqual(formats);
});

test('the golden shop has each state of a hold, each kind of movement and each list', () => {
  const { holds, ledger, lists } = JSON.parse(readGolden(RECORD_FORMAT, RECORDS).toString()) as Records;
  expect(new Set(holds?.map((hold) => hold?.state))).toEqual(new Set([...LIVE_STATES, ...ENDED_STATES]));
  expect(new Set(ledger.map(({ kind }) => kind))).toEqual(new Set([...MOVEMENT_KINDS, 'document']));
  expect(lists.filter(([, ...keys]) => keys.length > 0).map(([list]) => list)).toEqual(listsOf(RECORD_FORMAT));
});

test.each(engines)('the %s store writes the same bytes as in its golden file', async (engine) => {
  await using place = await PLACES[engine]();
  await using golden = await PLACES[engine]();
  await make(place);
  await golden.restore(RECORD_FORMAT);
  expect(await place.bytes(), CHANGED).toEqual(await golden.bytes());
});

test.each(kept)('the %s store opens a shop of format %i, and sells in it', async (engine, format) => {
  await using place = await PLACES[engine]();
  await place.restore(format);
  const { views, ...records } = JSON.parse(readGolden(format, RECORDS).toString());
  const lines: string[] = [];
  const store = await place.open(clockAtEnd(), (line) => void lines.push(line));
  const found = await lookAt(store, format);
  expect(found.violations).toEqual([]);
  expect(found.records).toEqual(withInitialFields(records));
  expect(found.views).toMatchObject(views);
  await sellOnFrom(store);
  await store.close();
  const again = await place.open(clockAtEnd(), (line) => void lines.push(line));
  const notice =
    `the data was migrated from format ${format} to ${RECORD_FORMAT}` +
    (format < 6 ? '; units that were sold before count as dispatched: no unit is committed' : '');
  const notices = lines.filter((line) => line.includes('migrated'));
  expect(notices, 'said once').toEqual(format === RECORD_FORMAT ? [] : [notice]);
  expect((await lookAt(again)).violations).toEqual([]);
  await again.close();
});

const NO_UNITS = { before: 0, after: 0 };
const INITIAL_MOVEMENT = { committed: NO_UNITS, backordered: NO_UNITS };
const INITIAL_HOLD = { client: null, capped: false, backordered: 0 };

/** Returns the records of a file, with the initial values of the fields that came after its format. */
function withInitialFields({ stock, holds, documents, ledger, ...others }: Records): object {
  const holdOf = (hold: object | null) => hold && { ...INITIAL_HOLD, ...hold };
  return {
    ...others,
    stock: stock?.map((record) => ({ ...INITIAL_SETTINGS, committed: 0, backordered: 0, ...record })),
    ledger: ledger.map((entry) => (entry.kind === 'document' ? entry : { ...INITIAL_MOVEMENT, ...entry })),
    holds: holds?.map(holdOf),
    documents: documents?.map((document) => document && { ...document, holds: document.holds.map(holdOf) }),
  };
}

/** Replays a transaction of the golden shop, consumes one of its holds, and sells one more unit. */
async function sellOnFrom(store: Store): Promise<void> {
  const soldOf = async () => (await store.read([{ skus: ['PLAIN'] }]))[0]?.stock[0]?.sold ?? NaN;
  const before = await soldOf();
  const { answers } = await store.apply([
    transaction('long', [reserve('h-again', 'BIG', 1)]),
    transaction('after', [consume('h-line'), reserve('h-after', 'PLAIN', 1), consume('h-after')]),
  ]);
  expect(answers).toMatchObject([{ status: 'replayed', reference: 'many-grants' }, { status: 'applied' }]);
  expect(await soldOf()).toBe(before + 4);
}

/** Returns JSON with one line for each record. */
function linesOf(parts: Record<string, unknown>): string {
  const lined = (value: unknown): string =>
    Array.isArray(value) ? `[\n${value.map((item) => JSON.stringify(item)).join(',\n')}\n]` : JSON.stringify(value);
  const texts = Object.entries(parts).map(([name, value]) => `"${name}": ${lined(value)}`);
  return `{\n${texts.join(',\n')}\n}\n`;
}
