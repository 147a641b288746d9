import { type EmbeddedStoreOptions, openEmbeddedStore } from '../../../src/store/embedded/embedded-store.ts';
import type { EmbeddedStore } from '../../../src/store/embedded/embedded-engine.ts';
import { openEnvironment } from '../../../src/store/embedded/files/environment.ts';
import type { Answer } from '../../../src/domain/transaction.ts';
import type { RootDatabase } from 'lmdb';
import { tempDir } from '../../support/temp-dir.ts';
import { START } from '../../support/transactions.ts';

export interface Shop extends AsyncDisposable {
  readonly dir: string;
  /** The store's clock. */
  now: number;
  readonly store: EmbeddedStore;
  /** Closes the store, calls `meddle` with its environment, and opens it again. */
  reopen(meddle?: (root: RootDatabase) => void): Promise<EmbeddedStore>;
}

/** Opens an embedded store in its own directory. Disposal closes the store and deletes the directory. */
export async function openShop(options: Partial<EmbeddedStoreOptions> = {}): Promise<Shop> {
  const dir = await tempDir();
  const open = () => openEmbeddedStore({ dir: dir.path, shop: 'test', clock: () => shop.now, ...options });
  let store: EmbeddedStore;
  const shop: Shop = {
    dir: dir.path,
    now: START,
    get store() {
      return store;
    },
    async reopen(meddle) {
      await store.close();
      if (meddle) await meddleWith(dir.path, meddle);
      store = await open();
      return store;
    },
    async [Symbol.asyncDispose]() {
      await store.close();
      await dir[Symbol.asyncDispose]();
    },
  };
  store = await open();
  return shop;
}

async function meddleWith(dir: string, meddle: (root: RootDatabase) => void): Promise<void> {
  const root = openEnvironment(dir);
  try {
    meddle(root);
  } finally {
    await root.close();
  }
}

/** Replaces the value of an existing key with bytes that cannot be decoded. */
export function spoil(root: RootDatabase, database: string, key: string | (string | number)[]): void {
  const raw = root.openDB<Buffer, string | (string | number)[]>({ name: database, encoding: 'binary' });
  if (raw.get(key) === undefined) throw new Error(`${database} has no key ${String(key)}`);
  raw.putSync(key, Buffer.from([0xc1, 0xff, 0x00]));
}

export const statuses = (answers: readonly Answer[]): string[] => answers.map(({ status }) => status);
