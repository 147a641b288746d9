import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { open } from 'lmdb';
import { openEmbeddedStore } from '../../src/store/embedded/embedded-store.ts';
import { dataFileOf } from '../../src/store/embedded/files/shop-mark.ts';
import { tempDir } from '../support/temp-dir.ts';
import { type Bytes, charactersOf, type Place, readGolden, SHOP, timeOf, writeGolden } from './golden-place.ts';

const FILE = 'data.mdb.gz';

/** Keeps a shop in a directory. The golden file is `data.mdb` itself, so later versions of LMDB have to open it. */
export async function embeddedPlace(): Promise<Place> {
  const dir = await tempDir();
  const path = dataFileOf(dir.path);
  return {
    open: (clock, warn = () => undefined) => openEmbeddedStore({ dir: dir.path, shop: SHOP, warn, ...timeOf(clock) }),
    bytes: () => rowsIn(dir.path),
    save: async (format) => writeGolden(format, FILE, gzipSync(readFileSync(path), { level: 9 })),
    restore: async (format) => writeFileSync(path, gunzipSync(readGolden(format, FILE))),
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}

/** The row `run` of `meta` has the random id of the last run. */
const isDrawn = (database: string, key: string): boolean => database === 'meta' && /^run\b/.test(key);

async function rowsIn(dir: string): Promise<Bytes> {
  const root = open<Buffer, string>({ path: dir, readOnly: true, maxDbs: 32, encoding: 'binary' });
  const bytes: Bytes = {};
  for (const name of [...root.getKeys()].map(String)) {
    const rows = root.openDB<Buffer, Buffer>({ name, encoding: 'binary', keyEncoding: 'binary' }).getRange();
    const entries = [...rows].map(({ key, value }): [string, string[]] => [charactersOf(key), [charactersOf(value)]]);
    bytes[name] = Object.fromEntries(entries.filter(([key]) => !isDrawn(name, key)));
  }
  await root.close();
  return bytes;
}
