import { Redis } from 'ioredis';
import { open } from 'lmdb';
import { HttpCaller } from './http-caller.ts';
import { startRedis } from './redis-server.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';
import { tempDir } from './temp-dir.ts';

export type RecordKind = 'stock' | 'hold' | 'document' | 'request';

export interface RecordName {
  kind: RecordKind;
  key: string;
}

/** A shop whose records a test may change without going through its server, in the store's own files or keys. */
export interface PoisonableShop extends AsyncDisposable {
  /**
   * The current caller. After `poison` and `cure` it may be another one, because the embedded store is closed
   * meanwhile.
   */
  readonly caller: HttpCaller;
  /** All output of the server since its last start. */
  output(): string;
  /** Makes these records undecodable. Rejects when one of them does not exist. */
  poison(records: readonly RecordName[]): Promise<void>;
  /** Restores the records that `poison` replaced. */
  cure(): Promise<void>;
}

export interface PoisonableKind {
  name: string;
  open(settings?: Record<string, string>): Promise<PoisonableShop>;
}

const POISON = Buffer.from([0xc1, 0x70, 0x6f, 0x69, 0x73, 0x6f, 0x6e]);

/** The places where a store keeps a kind of record. The first one that has the key is used. */
type Places = Record<RecordKind, readonly string[]>;

interface Raw {
  get(place: string, key: string): Promise<Buffer | null>;
  put(place: string, key: string, value: Buffer): Promise<unknown>;
}

/** Replaces values and keeps the originals. */
class Poisoner {
  readonly #taken: { place: string; key: string; value: Buffer }[] = [];

  async poison(raw: Raw, places: Places, records: readonly RecordName[]): Promise<void> {
    for (const { kind, key } of records) {
      const found = await this.#find(raw, places[kind], key);
      if (!found) throw new Error(`the ${kind} ${key} to poison does not exist`);
      this.#taken.push({ ...found, key });
      await raw.put(found.place, key, POISON);
    }
  }

  async cure(raw: Raw): Promise<void> {
    for (const { place, key, value } of this.#taken.splice(0)) await raw.put(place, key, value);
  }

  async #find(raw: Raw, places: readonly string[], key: string): Promise<{ place: string; value: Buffer } | null> {
    for (const place of places) {
      const value = await raw.get(place, key);
      if (value) return { place, value };
    }
    return null;
  }
}

const REDIS_PLACES: Places = {
  stock: ['{main}:stock'],
  hold: ['{main}:holds'],
  document: ['{main}:docs'],
  request: ['{main}:requests:long:0', '{main}:requests:long:1'],
};

/** The server keeps running while its records change. */
const redisKind: PoisonableKind = {
  name: 'redis',
  async open(settings = {}) {
    const redis = await startRedis({ appendonly: 'yes', appendfsync: 'everysec' });
    const server = await startServerProcess({ REDIS_URL: redis.url, ...settings });
    const caller = new HttpCaller(server.url);
    const client = new Redis(redis.socketPath);
    const poisoner = new Poisoner();
    const raw: Raw = {
      get: (place, key) => client.hgetBuffer(place, key),
      put: (place, key, value) => client.hset(place, key, value),
    };
    return {
      caller,
      output: () => server.output(),
      poison: (records) => poisoner.poison(raw, REDIS_PLACES, records),
      cure: () => poisoner.cure(raw),
      async [Symbol.asyncDispose]() {
        client.disconnect();
        caller.close();
        await server[Symbol.asyncDispose]();
        await redis[Symbol.asyncDispose]();
      },
    };
  },
};

const EMBEDDED_PLACES: Places = {
  stock: ['stock'],
  hold: ['holds'],
  document: ['documents'],
  request: ['requests-long0', 'requests-long1', 'requests-long2'],
};

/** Opens the files of a store that no process has open. */
async function inFiles(dir: string, work: (raw: Raw) => Promise<void>): Promise<void> {
  const root = open({ path: dir, maxDbs: 32, encoding: 'binary', overlappingSync: true });
  const place = (name: string) => root.openDB<Buffer, string>({ name, encoding: 'binary' });
  try {
    await work({
      get: async (name, key) => place(name).get(key) ?? null,
      put: async (name, key, value) => place(name).put(key, value),
    });
  } finally {
    await root.close();
  }
}

/** The server shuts down before its files change, and another one starts on them. */
const embeddedKind: PoisonableKind = {
  name: 'embedded',
  async open(settings = {}) {
    const dir = await tempDir();
    const poisoner = new Poisoner();
    const start = async (): Promise<{ server: ServerProcess; caller: HttpCaller }> => {
      const server = await startServerProcess({ DATA_DIR: dir.path, ...settings });
      return { server, caller: new HttpCaller(server.url) };
    };
    let running = await start();
    const end = async (): Promise<void> => {
      running.caller.close();
      await running.server.stop();
    };
    const between = async (work: (raw: Raw) => Promise<void>): Promise<void> => {
      await end();
      await inFiles(dir.path, work);
      running = await start();
    };
    return {
      get caller() {
        return running.caller;
      },
      output: () => running.server.output(),
      poison: (records) => between((raw) => poisoner.poison(raw, EMBEDDED_PLACES, records)),
      cure: () => between((raw) => poisoner.cure(raw)),
      async [Symbol.asyncDispose]() {
        await end();
        await dir[Symbol.asyncDispose]();
      },
    };
  },
};

export const poisonableKinds: readonly PoisonableKind[] = [embeddedKind, redisKind];
