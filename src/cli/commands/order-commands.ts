import type { HoldfastClient } from '../../client/client.ts';
import type { Order } from '../../contract/outputs/order-outputs.ts';
import { type CliCommand, REASON, wholeNumber } from '../context/cli-context.ts';
import { addLine, type Line } from '../context/line-option.ts';
import { addOrderDeletions } from './privacy-commands.ts';
import { price, shownTime, type TableRow } from '../context/table.ts';

const orderSummaryRow = (order: Order): TableRow => ({
  orderId: order.orderId,
  status: order.status,
  createdAt: shownTime(order.createdAt),
  units: order.lines.reduce((units, line) => units + line.quantity, 0),
  total: price(order.total),
});

const orderLineRow = ({ sku, quantity, fulfilled, returned, unitPrice }: Order['lines'][number]): TableRow => ({
  sku,
  quantity,
  fulfilled: fulfilled ?? '-',
  returned,
  price: price(unitPrice),
});

const orderTitle = ({ orderId, status, createdAt, total }: Order): string =>
  `${orderId} ${status} ${shownTime(createdAt)} total ${price(total) ?? '-'}`;

interface ListOptions {
  status?: Order['status'];
  payment?: string;
  limit: number;
}

/** Adds `orders`, with which operators show, change and delete orders. */
export function addOrderCommands(program: CliCommand): void {
  const orders = program.command('orders').description('show, dispatch, redact and delete orders');
  addOrderDeletions(orders);
  orders
    .command('list')
    .description('show orders, newest first')
    .option('--status <status>', 'only orders in this status, such as placed')
    .option('--payment <reference>', 'only orders with this payment')
    .option('--limit <n>', 'the most orders to show', wholeNumber, 50)
    .run(async ({ client, list }, { status, payment: paymentReference, limit }: ListOptions) => {
      await list(limit, (page) => client.orders.list.query({ status, paymentReference, ...page }), orderSummaryRow);
    });
  orders
    .command('get <orderId>')
    .description('show one order and its lines')
    .run(async ({ client, show }, orderId: string) => {
      const order = await client.orders.get.query({ orderId });
      show(order, order.lines.map(orderLineRow), orderTitle(order));
    });
  addDispatch(orders);
}

interface DispatchOptions {
  line?: Line[];
  tracking?: string;
  reason?: string;
}

function addDispatch(orders: CliCommand): void {
  orders
    .command('fulfil <orderId>')
    .description('dispatch units of an order: all remaining ones, or those of the given lines')
    .option('--line <sku=n>', 'n units of this SKU; may be given several times', addLine)
    .option('--tracking <text>', "the carrier's name for the parcel")
    .option('--reason <text>', REASON)
    .run(async ({ client, show }, orderId: string, { line: lines, tracking, reason }: DispatchOptions) => {
      const order = await client.orders.fulfil.mutate({
        orderId,
        ...(lines && { lines }),
        ...(tracking === undefined ? {} : { trackingReference: tracking }),
        reason,
      });
      show(order, order.lines.map(orderLineRow), orderTitle(order));
    });
  addLineChange(orders, 'cancel-line', 'cancel n units that have not left the stock', (client, change) =>
    client.orders.cancelLine.mutate(change),
  );
  addLineChange(orders, 'set-line', 'set the units of a line that has units on hand to n', (client, change) =>
    client.orders.setLineQuantity.mutate(change),
  );
}

type OrderLineInput = Line & { orderId: string; reason: string };

function addLineChange(
  orders: CliCommand,
  name: string,
  description: string,
  act: (client: HoldfastClient, change: OrderLineInput) => Promise<Order>,
): void {
  orders
    .command(`${name} <orderId> <sku>`)
    .description(description)
    .argument('<n>', 'units', wholeNumber)
    .requiredOption('--reason <text>', REASON)
    .run(async ({ client, show }, orderId: string, sku: string, quantity: number, { reason }: { reason: string }) => {
      const order = await act(client, { orderId, sku, quantity, reason });
      show(order, order.lines.map(orderLineRow), orderTitle(order));
    });
}
