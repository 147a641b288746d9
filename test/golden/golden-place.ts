import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Store } from '../../src/store/store.ts';
import { START } from '../support/transactions.ts';
import type { GoldenClock } from './golden-shop.ts';

/**
 * The stored data of a shop: values by database or key, and then by row, field, member or entry. Each character is one
 * byte. Random values that differ between shops are omitted.
 */
export type Bytes = Record<string, Record<string, string[]>>;

/** A place for one shop of one engine. During `bytes`, `save` and `restore` no store may have it open. */
export interface Place extends AsyncDisposable {
  open(clock: GoldenClock, warn?: (line: string) => void): Promise<Store>;
  bytes(): Promise<Bytes>;
  /** Writes the golden file of a format. */
  save(format: number): Promise<void>;
  /** Creates the shop from the golden file of a format. */
  restore(format: number): Promise<void>;
}

export const SHOP = 'golden';

const FORMATS = join(import.meta.dirname, 'formats');

export const goldenFormats = (): number[] =>
  readdirSync(FORMATS)
    .map(Number)
    .toSorted((a, b) => a - b);

export const readGolden = (format: number, file: string): Buffer => readFileSync(join(FORMATS, String(format), file));

export function writeGolden(format: number, file: string, content: string | Buffer): void {
  const directory = join(FORMATS, String(format));
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, file), content);
}

export const charactersOf = (bytes: Buffer): string => bytes.toString('latin1');
export const bytesOf = (characters: string): Buffer => Buffer.from(characters, 'latin1');

/** Returns the options of a store that uses the clock of the test. */
export const timeOf = (clock: GoldenClock) => ({
  clock: () => clock.now + clock.stepMs,
  monotonic: { nowMs: () => clock.now - START, suspendedMs: () => 0 },
});
