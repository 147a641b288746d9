import { DAY_MS } from '../../domain/limits.ts';
import type { PurgeInput } from '../../contract/inputs/privacy-inputs.ts';
import { type CliCommand, EVENT_REASON, type Explained, wholeNumber } from '../context/cli-context.ts';

interface PurgeOptions extends Explained {
  status: PurgeInput['status'];
  olderThanDays: number;
}

interface RedactOptions extends Explained {
  order?: string;
  customer?: string;
}

/** Adds `purge` and `redact` to `orders`. */
export function addOrderDeletions(orders: CliCommand): void {
  orders
    .command('purge')
    .description('delete orders before the end of their retention; the ledger keeps their movements')
    .requiredOption('--status <status>', 'the status of the orders: placed, cancelled, expired or refund_due')
    .requiredOption('--older-than-days <n>', 'the minimum age of the orders in days', wholeNumber)
    .option('--reason <text>', EVENT_REASON)
    .run(async ({ client, show }, { status, olderThanDays, reason }: PurgeOptions) => {
      const { count } = await client.orders.purge.mutate({ status, olderThanMs: olderThanDays * DAY_MS, reason });
      show({ count }, [], `purge: ${count} orders deleted`);
    });
  orders
    .command('redact')
    .description('delete the personal data of orders')
    .option('--order <id>', 'only the data of this order')
    .option('--customer <id>', 'the data of all orders of this customer')
    .option('--reason <text>', EVENT_REASON)
    .run(async ({ client, show }, { order, customer, reason }: RedactOptions) => {
      const { count } = await client.orders.redact.mutate({
        ...(order === undefined ? {} : { orderId: order }),
        ...(customer === undefined ? {} : { customerId: customer }),
        reason,
      });
      show({ count }, [], `redact: ${count} orders changed`);
    });
}

/** Adds `customers export`. */
export function addCustomerCommands(program: CliCommand): void {
  program
    .command('customers')
    .description('show the data of customers')
    .command('export <customerId>')
    .description('show the orders, carts, reservations and counts of a customer; with --json for the customer')
    .run(async ({ client, show }, customerId: string) => {
      const known = await client.customers.export.query({ customerId });
      const { orders, carts, reservations, counts } = known;
      show(known, [
        { orders: orders.length, carts: carts.length, reservations: reservations.length, limitedSkus: counts.length },
      ]);
    });
}
