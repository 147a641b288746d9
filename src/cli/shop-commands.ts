import type { Command } from 'commander';
import type { Outputs } from '../client/client.ts';
import { Failed, readPages, REASON, wholeNumber, type Use } from './cli-context.ts';
import { price, type TableRow, shownTime } from './table.ts';

type ListedHold = Outputs['holds']['list']['items'][number];
type ShownOrder = Outputs['orders']['get'];
type ShownAudit = Outputs['admin']['audit'];

const holdRow = (hold: ListedHold): TableRow => ({
  holdId: hold.holdId,
  sku: hold.sku,
  quantity: hold.quantity,
  state: hold.state,
  expiresAt: shownTime(hold.expiresAt),
  owner: hold.owner,
});

const orderRow = (order: ShownOrder): TableRow => ({
  orderId: order.orderId,
  status: order.status,
  createdAt: shownTime(order.createdAt),
  units: order.lines.reduce((units, line) => units + line.quantity, 0),
  total: price(order.total),
});

/** Adds `audit`, which checks that the shop is sound. */
export function addAuditCommand(program: Command, use: Use): void {
  program
    .command('audit')
    .description('check that the ledger, the holds and the counters agree; exit 1 if they do not')
    .action(async (_options: unknown, command: Command) => {
      const { client, show } = use(command);
      const audit = await client.admin.audit.query();
      show(audit, auditRows(audit), audit.ok ? 'audit: ok' : undefined);
      if (!audit.ok) throw new Failed(`audit: ${audit.violations.length} violations`);
    });
}

/** Adds `repair --indexes`, which rebuilds the indexes from the records. */
export function addRepairCommand(program: Command, use: Use): void {
  program
    .command('repair')
    .description('rebuild wrong index entries from the records, while the shop is running')
    .requiredOption('--indexes', 'rebuild the index entries and the counts of customers')
    .action(async (_options: unknown, command: Command) => {
      const { client, show } = use(command);
      const repair = await client.admin.repairIndexes.mutate();
      const rows = repair.entries.map(({ rule, sku, holdId, found, expected }) => ({
        rule,
        sku,
        holdId,
        found,
        expected,
      }));
      const more = repair.mended > rows.length ? `; the first ${rows.length} are listed` : '';
      show(repair, rows, `repair: ${repair.mended} mended${more}`);
    });
}

function auditRows({ ok, checkedAt, skus, liveHolds, totals, violations }: ShownAudit): TableRow[] {
  if (ok) return [{ checkedAt: shownTime(checkedAt), skus, liveHolds, ...totals }];
  return violations.map(({ rule, sku, holdId, found, expected }) => ({ rule, sku, holdId, found, expected }));
}

/** Adds `holds ...`. */
export function addHoldCommands(program: Command, use: Use): void {
  const holds = program.command('holds').description('show and release holds');
  holds
    .command('list')
    .description('show live holds')
    .option('--sku <sku>', 'only the holds of this SKU')
    .option('--limit <n>', 'the most holds to show', wholeNumber, 100)
    .action(async ({ sku, limit }: { sku?: string; limit: number }, command: Command) => {
      const { client, show } = use(command);
      const { items, hasMore } = await readPages(limit, (page) => client.holds.list.query({ sku, ...page }));
      show(items, items.map(holdRow), hasMore ? '... and more: use --limit' : undefined);
    });
  holds
    .command('release <holdId>')
    .description('release a hold, so that its units are available again')
    .requiredOption('--reason <text>', REASON)
    .action(async (holdId: string, { reason }: { reason: string }, command: Command) => {
      const { client, show } = use(command);
      const level = await client.holds.release.mutate({ holdId, reason });
      const { sku, onHand, reserved, available } = level;
      show(level, [{ sku, onHand, reserved, available }]);
    });
}

/** Adds `orders ...`. */
export function addOrderCommands(program: Command, use: Use): void {
  const orders = program.command('orders').description('show orders');
  orders
    .command('list')
    .description('show orders, newest first')
    .option('--status <status>', 'only orders in this status, such as placed')
    .option('--limit <n>', 'the most orders to show', wholeNumber, 50)
    .action(async ({ status, limit }: { status?: ShownOrder['status']; limit: number }, command: Command) => {
      const { client, show } = use(command);
      const { items, hasMore } = await readPages(limit, (page) => client.orders.list.query({ status, ...page }));
      show(items, items.map(orderRow), hasMore ? '... and more: use --limit' : undefined);
    });
  orders
    .command('get <orderId>')
    .description('show one order and its lines')
    .action(async (orderId: string, _options: unknown, command: Command) => {
      const { client, show } = use(command);
      const order = await client.orders.get.query({ orderId });
      const lines = order.lines.map(({ sku, quantity, returned, unitPrice }) => ({
        sku,
        quantity,
        returned,
        price: price(unitPrice),
      }));
      show(
        order,
        lines,
        `${order.orderId} ${order.status} ${shownTime(order.createdAt)} total ${price(order.total) ?? '-'}`,
      );
    });
}

/** Adds `session create`, for shops whose own backend identifies the shoppers. */
export function addSessionCommand(program: Command, use: Use): void {
  program
    .command('session')
    .description('create sessions of shoppers')
    .command('create')
    .description('create a session id, which is a secret')
    .option('--customer <id>', 'bind the session to this customer')
    .action(async ({ customer }: { customer?: string }, command: Command) => {
      const { client, show } = use(command);
      const session = await client.session.create.mutate(customer === undefined ? {} : { customerId: customer });
      show(session, [{ sessionId: session.sessionId, expiresAt: shownTime(session.expiresAt) }]);
    });
}
