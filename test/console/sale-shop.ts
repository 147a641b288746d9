import type { Browser } from 'playwright-core';
import type { Engine } from '../support/engines.ts';
import { type ShopServer, startShop } from '../support/shop-server.ts';
import { type OpenConsole, openConsole } from './open-console.ts';

export const DROP = 'drop-sneaker-42';

/** A shop with units of `DROP`, and its console in a browser. */
export interface OpenSale extends AsyncDisposable {
  shop: ShopServer;
  there: OpenConsole;
}

interface SaleOptions {
  browser: Browser;
  engine: Engine;
  units: number;
  env?: Record<string, string>;
}

export async function openSale({ browser, engine, units, env = {} }: SaleOptions): Promise<OpenSale> {
  const opened = await engine.open({
    get now() {
      return Date.now();
    },
  });
  const shop = await startShop({ SELL_AT: 'dispatch', ...env }, opened.store);
  const there = await openConsole(browser, shop);
  await there.operator.stock.define.mutate({ sku: DROP, title: 'Sneaker of the drop, 42' });
  await there.operator.stock.receive.mutate({ sku: DROP, quantity: units });
  return {
    shop,
    there,
    async [Symbol.asyncDispose]() {
      await there[Symbol.asyncDispose]();
      await shop[Symbol.asyncDispose]();
      await opened[Symbol.asyncDispose]();
    },
  };
}

/** The large figure with this label, without its note. */
export const figure = ({ page }: OpenConsole, label: string) =>
  page
    .locator('dl > div')
    .filter({ has: page.getByText(label, { exact: true }) })
    .first()
    .getByRole('definition');
