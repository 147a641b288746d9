import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ShopStatus } from '../../contract/outputs/status-outputs.ts';
import type { DemoShop } from './demo-shop.ts';
import type { DemoWire } from './demo-wire.ts';
import { SALE_SKU } from './flash-sale.ts';

const STATUS_EVERY_MS = 300;
/** Time to look at the screen before the sale begins. */
const BEFORE_SALE_MS = 2_000;

/** Returns the address of the sale in the console. The console accepts the key of a demo from the address. */
export const consoleLink = ({ url, operatorKey }: Pick<DemoShop, 'url' | 'operatorKey'>): string =>
  `${url.origin}/console/sale?skus=${encodeURIComponent(JSON.stringify([SALE_SKU]))}#key=${operatorKey}`;

/** Opens an address in the browser of this computer. Without one, the printed address has to suffice. */
export function openInBrowser(address: string): void {
  const [command, ...args] = OPENERS[process.platform] ?? ['xdg-open'];
  if (command === undefined) return;
  spawn(command, [...args, address], { stdio: 'ignore', detached: true })
    .on('error', () => undefined)
    .unref();
}

const OPENERS: { readonly [P in NodeJS.Platform]?: readonly string[] } = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};

/** Resolves a moment after somebody has signed in to the console. */
export async function consoleOpened(wire: DemoWire, operator: Record<string, string>): Promise<void> {
  for (;;) {
    const { data } = await wire.query('admin.status', undefined, operator);
    const { calls } = data as ShopStatus;
    if (calls.some(({ procedure }) => procedure === 'keys.whoami')) break;
    await sleep(STATUS_EVERY_MS);
  }
  await sleep(BEFORE_SALE_MS);
}
