import type { Location } from '../../contract/outputs/location-outputs.ts';
import { stockKey } from '../../domain/stock-keys.ts';
import type { Step } from '../../domain/steps.ts';
import { type ReadRequest, type Snapshot, StoreError } from '../../store/store.ts';
import type { Log } from '../../transact/log.ts';
import { LOCATIONS_KEY } from '../../transact/documents/names.ts';
import { PolledRead, type PollClock } from '../../transact/polled-read.ts';
import { definedIn, ONLY_MAIN, orderedLocations } from './location-document.ts';

export interface ShopLocationsParts {
  read: (request: ReadRequest) => Promise<Snapshot>;
  log: Log;
  /** Whether other processes may define locations. */
  isShared: boolean;
  runtime: PollClock;
}

/**
 * The locations of a shop in the memory of a process, at most a second old. Wait for `prepare` before each use. A
 * location is never deleted, so a list that is out of date only lacks the newest ones.
 */
export class ShopLocations {
  readonly #read: ShopLocationsParts['read'];
  readonly #poll: PolledRead;
  #all: readonly Location[] = ONLY_MAIN;
  #version: number | 'absent' | null = null;
  #failure: unknown = null;

  constructor({ read, log, isShared, runtime }: ShopLocationsParts) {
    this.#read = read;
    const lines = {
      failed: 'the locations cannot be read; those of the last read count',
      recovered: 'the locations are read again',
    };
    this.#poll = new PolledRead({ load: () => this.#load(), log, lines, isShared, runtime });
  }

  /**
   * Returns null if the locations may be used now. Otherwise returns a promise that resolves when they have been read
   * again, or cannot be read. It rejects, as the store did, only if they were never read.
   */
  prepare(): Promise<void> | null {
    return this.#poll.prepare()?.then(() => this.#demandKnown()) ?? null;
  }

  /** Reads the locations again. Never rejects. */
  refresh(): Promise<void> {
    return this.#poll.refresh();
  }

  /** All locations, by their priority and id. */
  get all(): readonly Location[] {
    return this.#all;
  }

  /**
   * Whether locations matter. False while `main` is the only one, sells, and serves all channels: then a SKU has one
   * stock key, and it is the SKU.
   */
  get several(): boolean {
    const [first] = this.#all;
    return this.#all.length > 1 || !first?.active || first.channels !== undefined;
  }

  /** Returns a location; null if the list does not have it. */
  find(id: string): Location | null {
    return this.#all.find((location) => location.id === id) ?? null;
  }

  /** The locations that sell. */
  get active(): readonly Location[] {
    return this.activeFor();
  }

  /** Returns the location that an input names; null if the shop does not have it. Rejects as `prepare` does. */
  async named(id: string): Promise<Location | null> {
    await this.prepare();
    const known = this.find(id);
    if (known) return known;
    // Another process may have just defined it.
    await this.refresh();
    return this.find(id);
  }

  /** Returns the location with this id, or else the only one with this title. */
  titled(name: string): Location | null {
    const trimmed = name.trim();
    const known = this.find(trimmed);
    if (known) return known;
    const [first, ...others] = this.#all.filter(({ title }) => title === trimmed);
    return first && others.length === 0 ? first : null;
  }

  /** Returns the locations that sell in a channel, by their priority and id. Without a channel: all that sell. */
  activeFor(channel?: string): readonly Location[] {
    return this.#all.filter(
      ({ active, channels }) => active && (channel === undefined || (channels?.includes(channel) ?? true)),
    );
  }

  /** Returns the stock keys of a SKU at all locations, in their order. Stock records may not exist for all of them. */
  keysOf(sku: string): string[] {
    return this.#all.map(({ id }) => stockKey(sku, id));
  }

  /** The sequence of the last change of the locations; 0 if none was defined. */
  get version(): number {
    return typeof this.#version === 'number' ? this.#version : 0;
  }

  /** Returns a step without an effect, which the store refuses as `conflict` if this list is out of date. */
  unchangedStep(): Step {
    const expect = this.#version ?? 'absent';
    return { kind: expect === 'absent' ? 'drop' : 'put', key: LOCATIONS_KEY, expect };
  }

  #demandKnown(): void {
    if (this.#version !== null) return;
    throw this.#failure ?? new StoreError('unavailable', 'the locations of the shop have not been read yet');
  }

  async #load(): Promise<void> {
    const reading = this.#read({ documents: [LOCATIONS_KEY] });
    const view = await reading.catch((error: unknown) => {
      this.#failure = error;
      throw error;
    });
    const { value, version } = definedIn(view);
    if (version === this.#version) return;
    this.#all = orderedLocations(value);
    this.#version = version;
  }
}
