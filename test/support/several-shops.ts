import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../../src/server/compose.ts';
import { loadConfig } from '../../src/server/settings/config.ts';
import { type RunningServer, startServer } from '../../src/server/start-server.ts';
import { type Log, SILENT } from '../../src/transact/log.ts';
import { PATIENT } from './server-process.ts';
import { callsOver, OPERATOR_KEY, type ShopServer } from './shop-server.ts';

/** A process with several shops, over HTTP. */
export interface SeveralShopsServer extends AsyncDisposable, Pick<ShopServer, 'query' | 'mutate' | 'fetch'> {
  readonly running: RunningServer;
}

export const inShop = (shop: string) => ({ headers: { 'x-holdfast-shop': shop } });

/** Starts a server with several shops, each in an embedded store of its own unless `REDIS_URL` is given. */
export async function startShops(
  env: Record<string, string>,
  { dir, log = SILENT }: { dir?: string; log?: Log } = {},
): Promise<SeveralShopsServer> {
  const own = dir ?? (await mkdtemp(join(tmpdir(), 'holdfast-shops-')));
  const config = loadConfig({ PORT: '0', OPERATOR_KEY, DATA_DIR: own, SESSION_SECRET, ...PATIENT, ...env });
  const open = (of: typeof config) => openStore(of, log, () => undefined);
  const running = await startServer(config, await open(config), log, open);
  return {
    running,
    ...callsOver((path, init) => fetch(`${running.url}${path}`, init)),
    async [Symbol.asyncDispose]() {
      await running.close();
      if (dir === undefined) await rm(own, { recursive: true });
    },
  };
}

const SESSION_SECRET = 'q8J3vXbN0sK5yR2mT7wZ4uP9cL6dF1aH';
