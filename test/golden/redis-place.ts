import { Redis } from 'ioredis';
import { openRedisStore } from '../../src/store/redis/redis-store.ts';
import { readServerFacts, serverRun } from '../../src/store/redis/link/requirements.ts';
import { startRedis } from '../support/redis-server.ts';
import {
  type Bytes,
  bytesOf,
  charactersOf,
  type Place,
  readGolden,
  SHOP,
  timeOf,
  writeGolden,
} from './golden-place.ts';

const FILE = 'redis.json';
const PREFIX = `{${SHOP}}:`;

/** Keeps a shop in Redis. The golden file is JSON with the type of each key, because later versions may not know it. */
export async function redisPlace(): Promise<Place> {
  const redis = await startRedis();
  const admin = new Redis(redis.socketPath);
  return {
    open: (clock, warn = () => undefined) =>
      openRedisStore({ url: redis.url, shop: SHOP, durability: 'none', warn, ...timeOf(clock) }),
    bytes: () => keysIn(admin),
    save: async (format) => writeGolden(format, FILE, printable(await keysIn(admin))),
    restore: async (format) => {
      await writeKeys(admin, JSON.parse(readGolden(format, FILE).toString()) as Bytes);
      const facts = await readServerFacts((command, args) => admin.call(command, ...args));
      await admin.hset(`${PREFIX}meta`, { incarnation: 'drawn', server: serverRun(facts) });
    },
    async [Symbol.asyncDispose]() {
      admin.disconnect();
      await redis[Symbol.asyncDispose]();
    },
  };
}

/** The random names of a shop and its server, and the fencing tokens of the process that wrote last. */
const isDrawn = (name: string): boolean =>
  name === 'incarnation' || name === 'server' || name === 'address' || name.startsWith(' ');

const READS: Record<string, (key: string) => [string, ...string[]]> = {
  hash: (key) => ['HGETALL', key],
  zset: (key) => ['ZRANGE', key, '0', '-1', 'WITHSCORES'],
  stream: (key) => ['XRANGE', key, '-', '+'],
  string: (key) => ['GET', key],
};

const WRITES: Record<string, (key: string, name: Buffer, values: Buffer[]) => [string, ...(string | Buffer)[]]> = {
  hash: (key, name, values) => ['HSET', key, name, ...values],
  zset: (key, name, values) => ['ZADD', key, ...values, name],
  stream: (key, name, values) => ['XADD', key, name, ...values],
  string: (key, _, values) => ['SET', key, ...values],
};

type Reply = Buffer | Reply[];

async function keysIn(admin: Redis): Promise<Bytes> {
  const bytes: Bytes = {};
  for (const key of (await admin.keys(`${PREFIX}*`)).toSorted()) {
    const type = await admin.type(key);
    const [command, ...args] = READS[type]!(key);
    const entries = entriesOf((await admin.callBuffer(command, ...args)) as Reply);
    const kept = entries.filter(([name]) => !isDrawn(name));
    // The fields of a hash have no order. The entries of a stream have to be written in their order.
    if (type === 'hash') kept.sort(([a], [b]) => (a < b ? -1 : 1));
    bytes[`${type} ${key.slice(PREFIX.length)}`] = Object.fromEntries(kept);
  }
  return bytes;
}

/** Returns pairs of names and values. Entries of a stream are pairs already; in other replies they alternate. */
function entriesOf(reply: Reply): [string, string[]][] {
  if (!Array.isArray(reply)) return [['', [charactersOf(reply)]]];
  const flat = reply.flat() as Reply[];
  return flat.flatMap((name, index) =>
    index % 2 === 0
      ? [[charactersOf(name as Buffer), [flat[index + 1]!].flat().map((value) => charactersOf(value as Buffer))]]
      : [],
  );
}

async function writeKeys(admin: Redis, bytes: Bytes): Promise<void> {
  for (const [typed, entries] of Object.entries(bytes)) {
    const [type = '', name = ''] = typed.split(' ');
    for (const [entry, values] of Object.entries(entries)) {
      const [command, ...args] = WRITES[type]!(PREFIX + name, bytesOf(entry), values.map(bytesOf));
      await admin.call(command, ...args);
    }
  }
}

/** Escapes all bytes except printable ASCII, so that every editor shows them. */
const printable = (bytes: Bytes): string =>
  `${JSON.stringify(bytes, null, 1).replace(/[\x7f-\xff]/g, (byte) => `\\u00${byte.charCodeAt(0).toString(16)}`)}\n`;
