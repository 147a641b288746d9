import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { destination, type Logger } from 'pino';
import type { Holdfast } from '../shop/holdfast-api.ts';
import type { OpenedStore } from '../store/opened-store.ts';
import { MovableClock } from '../store/time/movable-clock.ts';
import { openMemoryStore, openStore } from './compose.ts';
import { type Config, ConfigError } from './settings/config.ts';
import { createLog } from './observability/pino-log.ts';
import { serveShop, startProcess } from './run-server.ts';
import type { RunningServer } from './start-server.ts';

const STDERR = 2;

export interface DevOptions {
  /** The store of the shop. `embedded` uses the `DATA_DIR` of the configuration. */
  store: 'memory' | 'embedded';
  nodeEnv: string | undefined;
  load: () => Config;
  /** Called before the server listens. */
  prepare: (holdfast: Holdfast) => Promise<void>;
}

/**
 * Starts a server for development in this process, like `startProcess`. The clock of its shop can be moved. Ends the
 * process with code 2 in production.
 */
export const runDevServer = ({ store, nodeEnv, load, prepare }: DevOptions): Promise<RunningServer> =>
  startProcess(async () => {
    // A mistyped value must not let everyone move the clock of a shop either.
    if (nodeEnv !== undefined && /^\s*prod/i.test(nodeEnv)) {
      throw new ConfigError(
        'dev does not run with NODE_ENV=production, because everyone may move its clock: use "holdfast serve"',
      );
    }
    const config = load();
    // Standard output is for the URL and the keys.
    const log = createLog(config.LOG_LEVEL, destination(STDERR));
    const clock = new MovableClock({ runs: true });
    return serveShop(config, log, async (onFatal) => {
      const opened = await openDevStore(store, config, log, clock, onFatal);
      // An earlier run may have moved the clock of a persistent shop ahead.
      const { at } = await opened.store.clock();
      clock.advance(Math.max(0, at - clock.now()));
      return { ...opened, clock: clock.now, devClock: clock, prepare };
    });
  });

async function openDevStore(
  kind: DevOptions['store'],
  config: Config,
  log: Logger,
  clock: MovableClock,
  onFatal: (error: Error) => void,
): Promise<OpenedStore> {
  if (kind === 'memory') return { store: openMemoryStore({ shop: config.SHOP, clock: clock.now }) };
  return openStore(config, log, onFatal, clock.now);
}

/** Creates a directory for a shop that is deleted when the process exits. */
export function temporaryDataDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-dev-'));
  process.once('exit', () => rmSync(dir, { recursive: true, force: true }));
  return dir;
}
