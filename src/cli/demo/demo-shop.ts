import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Child } from './child.ts';
import type { DemoOptions } from './demo-options.ts';

/** The program of `scripts/redis-cluster`. */
const CLUSTER = fileURLToPath(new URL('../../../scripts/lib/redis-cluster.js', import.meta.url));
const SERVER = fileURLToPath(new URL('../../server/main.js', import.meta.url));

export interface DemoShop {
  url: URL;
  operatorKey: string;
  /** Returns the last output of the server and its Redis, for error messages. */
  lastWords: () => string;
  /** Stops the server and its Redis and deletes their files. Idempotent. */
  close(): Promise<void>;
}

/** Starts the real server as a child process on a free port, with a temporary store. */
export async function openDemoShop({ store, shops }: Pick<DemoOptions, 'store' | 'shops'>): Promise<DemoShop> {
  const dir = await mkdtemp(join(tmpdir(), 'holdfast-demo-'));
  const children: Child[] = [];
  const end = async (): Promise<void> => {
    // The server stops first, because it flushes into the store.
    for (const child of children.toReversed()) await child.stop();
    await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  };
  let closing: Promise<void> | null = null;
  const close = (): Promise<void> => (closing ??= end());
  try {
    const operatorKey = `demo_${randomBytes(24).toString('hex')}`;
    const redis = store === 'embedded' ? {} : { REDIS_URL: await STARTS[store](dir, children) };
    const url = await startShopServer(
      { DATA_DIR: dir, ...redis, ...(shops > 1 ? { SHOPS: '*' } : {}), OPERATOR_KEY: operatorKey },
      children,
    );
    return { url, operatorKey, close, lastWords: () => children.map((child) => child.lastWords()).join('\n') };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startRedis(dir: string, children: Child[]): Promise<string> {
  const socket = join(dir, 'redis.sock');
  const settings = {
    port: '0',
    unixsocket: socket,
    dir,
    save: '',
    appendonly: 'yes',
    'maxmemory-policy': 'noeviction',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const redis = new Child('Redis', process.env.HOLDFAST_REDIS_SERVER ?? 'redis-server', args);
  children.push(redis);
  await redis.until((line) => (/ready to accept connections/i.test(line) ? true : undefined));
  return `unix:${socket}`;
}

async function startCluster(_dir: string, children: Child[]): Promise<string> {
  if (!existsSync(CLUSTER)) throw new Error(`--store cluster needs a clone of the repository: ${CLUSTER} is missing`);
  const cluster = new Child('The Redis Cluster', process.execPath, [CLUSTER]);
  children.push(cluster);
  return cluster.until((line) => /^REDIS_URL=(.*)/.exec(line)?.[1]);
}

const STARTS = { redis: startRedis, cluster: startCluster };

async function startShopServer(settings: Record<string, string>, children: Child[]): Promise<URL> {
  // Passes only a minimal environment, because the demo must not run on the REDIS_URL of a real shop.
  const { PATH, HOME, TMPDIR } = process.env;
  const server = new Child('The server', process.execPath, [SERVER], { PATH, HOME, TMPDIR, PORT: '0', ...settings });
  children.push(server);
  return server.until((line) => {
    const { msg, url } = parse(line);
    return msg === 'listening' && url !== undefined ? new URL(url) : undefined;
  });
}

function parse(line: string): { msg?: string; url?: string } {
  try {
    return JSON.parse(line) as { msg?: string; url?: string };
  } catch {
    return {};
  }
}
