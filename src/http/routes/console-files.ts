import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const BUILT = new URL('../../../dist/console/', import.meta.url);
const ASSETS = 'assets/';

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

export interface ConsoleAsset {
  type: string;
  plain: Uint8Array<ArrayBuffer>;
  gzipped: Uint8Array<ArrayBuffer>;
}

/** The files of the operator console, as `npm run build` has written them. */
export class ConsoleFiles {
  readonly #names: ReadonlySet<string>;
  readonly #assets = new Map<string, Promise<ConsoleAsset>>();
  readonly #index: string | null;

  constructor(basePath: string) {
    this.#index = readIndex(basePath);
    this.#names = new Set(this.#index === null ? [] : readdirSync(new URL(ASSETS, BUILT)));
  }

  /** The page; null in a source tree that was never built. */
  get index(): string | null {
    return this.#index;
  }

  /** Returns an asset by its name, or null. Only names that the build wrote are read, so no path leaves its folder. */
  asset(name: string): Promise<ConsoleAsset> | null {
    if (!this.#names.has(name)) return null;
    const asset = this.#assets.get(name) ?? readAsset(name);
    this.#assets.set(name, asset);
    return asset;
  }
}

/** Returns the page with the addresses of its assets below the base path. Deep links have the same page. */
function readIndex(basePath: string): string | null {
  try {
    const text = readFileSync(new URL('index.html', BUILT), 'utf8');
    return text.replaceAll(`"./${ASSETS}`, `"${basePath}/console/${ASSETS}`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

async function readAsset(name: string): Promise<ConsoleAsset> {
  const plain = new Uint8Array(readFileSync(new URL(ASSETS + name, BUILT)));
  const gzipped = new Uint8Array(await promisify(gzip)(plain, { level: 9 }));
  return { type: TYPES[extname(name)] ?? 'application/octet-stream', plain, gzipped };
}
