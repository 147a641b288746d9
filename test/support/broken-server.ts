import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

/** A build of the server without some of its checks. */
export interface BrokenServer extends AsyncDisposable {
  /** The entry point, in place of `dist/server/main.js`. */
  readonly main: string;
}

/** A check in a file of `dist/`, which has to contain it exactly once. */
export interface Forgotten {
  file: string;
  check: string;
  instead: string;
}

/** The last guards of the counters, which would otherwise report a fault. */
const COUNTER_GUARDS: readonly Forgotten[] = [
  {
    file: 'domain/machine/step-context.js',
    check: 'if (reserved < 0 || committed < 0 || backordered < 0 || onHand < reserved + committed - backordered)',
    instead: 'if (false)',
  },
  {
    file: 'store/redis/lua/commit/stock-writes.lua',
    check: 'if reserved < 0 or committed < 0 or on_hand < reserved + committed - backordered or sold < committed then',
    instead: 'if false then',
  },
];

/** Reserve assumes that there is always enough stock. */
export const STOCK: readonly Forgotten[] = [
  {
    file: 'domain/machine/grant.js',
    check: '=> Math.max(availableOf(stock), ',
    instead: '=> Math.max(1_000_000, ',
  },
  {
    file: 'domain/machine/step-context.js',
    check: 'if (granted <= onHand)',
    instead: 'if (true)',
  },
  ...COUNTER_GUARDS,
];

/** Sold units on the shelf are available again. */
export const COMMITTED: readonly Forgotten[] = [
  {
    file: 'domain/machine/step-context.js',
    check: '=> onHand - reserved - committed;',
    instead: '=> onHand - reserved;',
  },
  ...COUNTER_GUARDS,
];

/** Each further location supplies all that it has: 13 of 10 and 15 units are 10 and 15. */
export const SOURCES: readonly Forgotten[] = [
  {
    file: 'shop/stock/supply/sourcing.js',
    check: 'Math.max(0, Math.min(left, most))',
    instead: '(left > 0 ? most : 0)',
  },
];

/** Calls in flight are not bounded, and callers do not take turns: not for a place, and not in a mailbox. */
export const FAIRNESS: readonly Forgotten[] = [
  {
    file: 'http/admission/in-flight.js',
    check: 'return this.running === 0 || this.running + calls <= this.#max;',
    instead: 'return true;',
  },
  {
    file: 'http/admission/admit-first.js',
    check: 'party: client ?? socket }',
    instead: 'party: undefined }',
  },
  {
    file: 'transact/service-call.js',
    check: 'return client ?? connection;',
    instead: 'return undefined;',
  },
];

/**
 * Copies the built server to where it finds its packages, and breaks the copy. Throws unless each check is in it
 * exactly once.
 */
export async function breakServer(forgotten = STOCK): Promise<BrokenServer> {
  const dir = await mkdtemp(join(ROOT, 'node_modules/.cache/holdfast-broken-'));
  const dispose = (): Promise<void> => rm(dir, { recursive: true, force: true });
  try {
    await cp(join(ROOT, 'dist'), join(dir, 'dist'), { recursive: true });
    await writeFile(join(dir, 'package.json'), '{ "type": "module" }\n');
    for (const { file, check, instead } of forgotten) {
      const path = join(dir, 'dist', file);
      const parts = (await readFile(path, 'utf8')).split(check);
      if (parts.length !== 2)
        throw new Error(`${file} contains the check ${parts.length - 1} times, expected once: ${check}`);
      await writeFile(path, parts.join(instead));
    }
  } catch (error) {
    await dispose();
    throw error;
  }
  return { main: join(dir, 'dist/server/main.js'), [Symbol.asyncDispose]: dispose };
}
