import type { ListedShop, ShownShop } from '../../contract/outputs/shop-outputs.ts';
import type { CliCommand } from '../context/cli-context.ts';
import { shownTime, type TableRow } from '../context/table.ts';

const shopRow = ({ shop, status, createdAt }: ShownShop): TableRow => ({
  shop,
  status,
  createdAt: createdAt === undefined ? null : shownTime(createdAt),
});

const listedRow = ({ isOpen, ...shop }: ListedShop): TableRow => ({ ...shopRow(shop), open: isOpen ? 'yes' : 'no' });

const SHOP_CHANGES = [
  ['create', 'create a shop, which processes with SHOPS=* then serve'],
  ['suspend', 'refuse all calls of a shop'],
  ['resume', 'end the suspension of a shop'],
] as const;

export function addShopCommands(program: CliCommand): void {
  const shops = program.command('shops').description('manage the shops of a server that has several: docs/shops.md');
  for (const [change, description] of SHOP_CHANGES) {
    shops
      .command(`${change} <shop>`)
      .description(description)
      .option('--reason <text>', 'the reason, for the events')
      .run(async ({ client, show }, shop: string, { reason }: { reason?: string }) => {
        const changed = await client.shops[change].mutate({ shop, ...(reason === undefined ? {} : { reason }) });
        show(changed, [shopRow(changed)]);
      });
  }
  shops
    .command('list')
    .description('show the shops, and which of them the server has opened')
    .run(async ({ client, show }) => {
      const { items } = await client.shops.list.query();
      show(items, items.map(listedRow));
    });
}
