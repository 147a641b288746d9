import { InvalidArgumentError } from 'commander';
import type { Money } from '../../domain/records.ts';
import type { HoldfastClient } from '../../client/client.ts';
import type { LocationLevel, ShownMovement, StockLevel } from '../../contract/outputs/stock-outputs.ts';
import { addBulkCommands } from './bulk-commands.ts';
import {
  type CliCommand,
  EVENT_REASON,
  type Explained,
  Failed,
  parsedTime,
  readPages,
  REASON,
  wholeNumber,
} from '../context/cli-context.ts';
import { addLine, type Line } from '../context/line-option.ts';
import { price, printable, table, type TableRow, shownTime } from '../context/table.ts';

const LOCATION = 'the location of the units (default: main)';

const levelRow = (level: StockLevel): TableRow => ({
  sku: level.sku,
  onHand: level.onHand,
  reserved: level.reserved,
  committed: level.committed,
  sold: level.sold,
  backordered: level.backordered,
  available: level.available,
  safety: level.safetyStock,
  limit: level.limitPerCustomer,
  holdMax: level.holdUnitsMax,
  backorders: level.backorderLimit,
  price: price(level.unitPrice),
  title: level.title,
});

/** The row of one SKU, which shows the components of a kit. */
const singleRow = (level: StockLevel): TableRow => ({
  ...levelRow(level),
  ...(level.components && { components: level.components.map(({ sku, quantity }) => `${sku}=${quantity}`).join(' ') }),
});

const historyRow = (movement: ShownMovement): TableRow => ({
  at: shownTime(movement.at),
  kind: movement.kind,
  quantity: movement.quantity,
  onHand: `${movement.onHand.before} -> ${movement.onHand.after}`,
  reserved: `${movement.reserved.before} -> ${movement.reserved.after}`,
  committed: `${movement.committed.before} -> ${movement.committed.after}`,
  backordered: movement.backordered && `${movement.backordered.before} -> ${movement.backordered.after}`,
  by: movement.cause.by,
  reason: movement.cause.reason,
});

type StockConditions = { prefix?: string; contains?: string; availableMax?: number };

export function addStockCommands(program: CliCommand): void {
  const stock = program.command('stock').description('show and change stock');
  addStockChanges(stock);
  addWriteOff(stock);
  addBulkCommands(stock);
  stock
    .command('level <sku>')
    .description('show one SKU, and its locations if the shop has several')
    .option('--location <id>', 'only this location')
    .run(async ({ client, show }, sku: string, { location }: { location?: string }) => {
      const level = await client.stock.level.query({ sku, location });
      show(level, [singleRow(level)], level.locations && table(level.locations.map(locationLevelRow)));
    });
  stock
    .command('list')
    .description('show all SKUs, or those that meet the conditions')
    .option('--limit <n>', 'the most SKUs to show', wholeNumber, 1_000)
    .option('--prefix <text>', 'only SKUs that begin with this')
    .option('--contains <text>', 'only SKUs with this in their name or title')
    .option('--available-max <n>', 'only SKUs with at most this many available units', wholeNumber)
    .run(async ({ client, list }, { limit, ...conditions }: StockConditions & { limit: number }) => {
      await list(limit, (page) => client.stock.list.query({ ...conditions, ...page }), levelRow);
    });
  stock
    .command('history <sku>')
    .description('show the movements of a SKU, newest first')
    .option('--limit <n>', 'the most movements to show', wholeNumber, 50)
    .option('--location <id>', LOCATION)
    .run(async ({ client, show }, sku: string, { limit, location }: { limit: number; location?: string }) => {
      const { items } = await readPages(limit, async (page) => {
        const { movements, nextCursor } = await client.stock.history.query({ sku, location, ...page });
        return { items: movements, nextCursor };
      });
      show(items, items.map(historyRow));
    });
}

/** A row of the table of locations. */
const locationLevelRow = ({ location, onHand, reserved, committed, sold, available, safetyStock }: LocationLevel) => ({
  location,
  onHand,
  reserved,
  committed,
  sold,
  available,
  safety: safetyStock,
});

const REFERENCE = 'the document in another system, such as a delivery note';

interface WriteOffOptions {
  location?: string;
  endHolds?: boolean;
  reason: string;
}

function addWriteOff(stock: CliCommand): void {
  stock
    .command('write-off <sku>')
    .description('remove n units that are damaged, lost or stolen')
    .argument('<n>', 'units', wholeNumber)
    .option('--location <id>', LOCATION)
    .option('--end-holds', 'if too few units are free, end the newest holds')
    .requiredOption('--reason <text>', REASON)
    .run(async ({ client, show }, sku: string, quantity: number, { location, endHolds, reason }: WriteOffOptions) => {
      const takeFrom = endHolds ? 'newest_holds' : 'available';
      const level = await client.stock.writeOff.mutate({ sku, quantity, reason, takeFrom, location });
      const ended = level.endedHolds.length;
      show(level, [singleRow(level)], ended > 0 ? `${ended} holds ended: ${level.endedHolds.join(' ')}` : undefined);
    });
}

function addStockChanges(stock: CliCommand): void {
  const change = (
    usage: string,
    description: string,
    act: (client: HoldfastClient, sku: string, count: number, options: StockChangeOptions) => Promise<StockLevel>,
  ): CliCommand =>
    stock
      .command(usage)
      .description(description)
      .argument('<n>', 'units', wholeNumber)
      .option('--location <id>', LOCATION)
      .run(async ({ client, show }, sku: string, count: number, options: StockChangeOptions) => {
        const level = await act(client, sku, count, options);
        show(level, [singleRow(level)]);
      });
  change('set <sku>', 'set the units on hand to n, after a count', setStock)
    .option('--expect <n>', 'only if this many units are on hand now', wholeNumber)
    .option('--create', 'create the SKU if it does not exist')
    .option('--reason <text>', REASON);
  change('receive <sku>', 'add n received units', (client, sku, quantity, options) =>
    client.stock.receive.mutate({ sku, quantity, ...options }),
  )
    .option('--reason <text>', REASON)
    .option('--reference <text>', REFERENCE);
  change('adjust <sku>', 'add n units, or remove them if n is negative', (client, sku, delta, options) =>
    client.stock.adjust.mutate({ sku, delta, ...options, reason: options.reason ?? '' }),
  )
    .requiredOption('--reason <text>', REASON)
    .option('--reference <text>', REFERENCE);
  stock
    .command('archive <sku>')
    .description('hide a SKU without units from lists and availability, until it changes again')
    .requiredOption('--reason <text>', REASON)
    .run(async ({ client, show }, sku: string, { reason }: { reason: string }) => {
      const level = await archive(client, sku, reason);
      show(level, [singleRow(level)]);
    });
  addDefine(stock);
}

async function archive(client: HoldfastClient, sku: string, reason: string): Promise<StockLevel> {
  try {
    return await client.stock.archive.mutate({ sku, reason });
  } catch (error) {
    const { isRefusal } = await import('../../client/client.ts');
    if (!isRefusal(error, 'count_mismatch')) throw error;
    const { onHand, reserved, committed } = error.data.meta;
    const found = `${printable(sku)} has ${onHand} units on hand, ${reserved} reserved and ${committed} committed`;
    throw new Failed(`count_mismatch: ${found}; only a SKU without units can be archived`);
  }
}

interface StockChangeOptions {
  location?: string;
  reason?: string;
  reference?: string;
  expect?: number;
  create?: boolean;
}

async function setStock(
  client: HoldfastClient,
  sku: string,
  onHand: number,
  { location, reason, expect, create = false }: StockChangeOptions,
): Promise<StockLevel> {
  const input = {
    sku,
    onHand,
    ...(location === undefined ? {} : { location }),
    ...(reason === undefined ? {} : { reason }),
    ...(expect === undefined ? {} : { expectedOnHand: expect }),
  };
  try {
    return await client.stock.count.mutate(input);
  } catch (error) {
    const { isRefusal } = await import('../../client/client.ts');
    if (!isRefusal(error, 'unknown_sku')) throw error;
    if (!create) throw new Failed(`unknown_sku: there is no SKU ${printable(sku)}; use --create to create it`);
    await client.stock.define.mutate({ sku });
    return client.stock.count.mutate(input);
  }
}

interface SkuDefineOptions extends Explained {
  /** `false` clears the title. */
  title?: string | false;
  price?: Money | false;
  safety?: number;
  location?: string;
  limit?: number | false;
  holdMax?: number | false;
  requiresCustomer?: boolean;
  protected?: boolean;
  backorders?: number | false;
  shipsAt?: number | false;
  component?: Line[];
  components?: false;
}

const orNull = <T>(value: T | false | undefined): T | null | undefined => (value === false ? null : value);

function addDefine(stock: CliCommand): void {
  stock
    .command('define <sku>')
    .description('create a SKU, or change the given settings of one')
    .option('--title <text>', 'the title')
    .option('--no-title', 'clear the title')
    .option('--price <money>', 'the price in minor units, such as 1299EUR', parseMoney)
    .option('--no-price', 'clear the price')
    .option('--safety <n>', 'the safety stock: units that are never sold', wholeNumber)
    .option('--location <id>', 'the location of the safety stock (default: main)')
    .option('--limit <n>', 'the most units that one customer may buy', wholeNumber)
    .option('--no-limit', 'clear the limit')
    .option('--hold-max <n>', 'the most units that one session or customer may hold at once', wholeNumber)
    .option('--no-hold-max', 'clear the limit: HOLD_UNITS_MAX_SESSION applies')
    .option('--requires-customer', 'only sessions of a customer may hold units')
    .option('--no-requires-customer', 'anonymous sessions may hold units')
    .option('--protected', 'the first reserve of a session needs an admission')
    .option('--no-protected', 'no reserve needs an admission')
    .option('--backorders <n>', 'the most units that may be sold beyond those on hand', wholeNumber)
    .option('--no-backorders', 'clear the limit: only units on hand may be sold')
    .option('--ships-at <time>', 'when backordered units are expected, such as 2027-01-31', parsedTime)
    .option('--no-ships-at', 'clear the time')
    .option('--component <sku=quantity>', 'make the SKU a kit of these SKUs; repeat the option for each', addLine)
    .option('--no-components', 'the SKU is not a kit any more')
    .option('--reason <text>', EVENT_REASON)
    .run(async ({ client, show }, sku: string, options: SkuDefineOptions) => {
      const level = await client.stock.define.mutate(definition(sku, options));
      show(level, [singleRow(level)]);
    });
}

const definition = (sku: string, options: SkuDefineOptions) => ({
  sku,
  title: orNull(options.title),
  unitPrice: orNull(options.price),
  safetyStock: options.safety,
  location: options.location,
  limitPerCustomer: orNull(options.limit),
  holdUnitsMax: orNull(options.holdMax),
  requiresCustomer: options.requiresCustomer,
  protected: options.protected,
  backorderLimit: orNull(options.backorders),
  shipsAt: orNull(options.shipsAt),
  components: options.components === false ? null : options.component,
  reason: options.reason,
});

function parseMoney(text: string): Money {
  const [, amount, currency] = /^(\d{1,13})([A-Z]{3})$/.exec(text) ?? [];
  if (amount === undefined || currency === undefined)
    throw new InvalidArgumentError('Expected minor units: 1299EUR for 12.99 EUR.');
  return { amount: Number(amount), currency };
}
