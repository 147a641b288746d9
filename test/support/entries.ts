import { Redis } from 'ioredis';
import { type Key, open } from 'lmdb';

/**
 * Counts the entries of each kind that an engine keeps, below the contract: leftovers that no read returns show only
 * here.
 */
export type Entries = Record<string, number>;

const SIZE_COMMANDS: Record<string, string> = { hash: 'HLEN', zset: 'ZCARD', stream: 'XLEN', string: 'STRLEN' };

export async function redisEntries(socketPath: string, shop: string): Promise<Entries> {
  const client = new Redis({ path: socketPath });
  const prefix = `{${shop}}:`;
  const entries: Entries = {};
  try {
    for (const key of await client.keys(`${prefix}*`)) {
      const command = SIZE_COMMANDS[await client.type(key)] ?? 'TYPE';
      entries[key.slice(prefix.length)] = Number(await client.call(command, key));
    }
  } finally {
    client.disconnect();
  }
  return entries;
}

/** No store may have `dir` open. */
export async function embeddedEntries(dir: string): Promise<Entries> {
  const root = open<unknown, Key>({ path: dir, readOnly: true, maxDbs: 32, encoding: 'binary' });
  const entries: Entries = {};
  try {
    for (const name of [...root.getKeys()].map(String)) {
      entries[name] = root.openDB({ name, encoding: 'binary' }).getCount();
    }
  } finally {
    await root.close();
  }
  return entries;
}
