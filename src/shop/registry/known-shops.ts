import type { ShownShop } from '../../contract/outputs/shop-outputs.ts';
import { shopTag } from '../../transact/documents/ids.ts';
import type { Log } from '../../transact/log.ts';
import { SHOPS_KEY } from '../../transact/documents/names.ts';
import { type PollClock, PolledRead } from '../../transact/polled-read.ts';
import type { Read } from '../stock/units/stock-reader.ts';
import { shopsIn } from './registry-document.ts';

/** The shops of a registry in the memory of a process, at most a second old when they are used. */
export class KnownShops {
  readonly #read: Read;
  readonly #poll: PolledRead;
  #shops: ReadonlyMap<string, ShownShop> = new Map();
  #tags: ReadonlyMap<string, string> = new Map();
  #version: number | 'absent' | null = null;

  constructor({ read, log, isShared, runtime }: { read: Read; log: Log; isShared: boolean; runtime: PollClock }) {
    this.#read = read;
    const lines = {
      failed: 'the shops cannot be read; those of the last read count',
      recovered: 'the shops are read again',
    };
    this.#poll = new PolledRead({ load: () => this.#load(), log, lines, isShared, runtime });
  }

  get isUncertain(): boolean {
    return this.#poll.isFailing;
  }

  find(shop: string): ShownShop | null {
    return this.#shops.get(shop) ?? null;
  }

  shopOfTag(tag: string): string | null {
    return this.#tags.get(tag) ?? null;
  }

  prepare(shop: string): Promise<void> | null {
    return this.#prepare(this.#shops.has(shop));
  }

  prepareTag(tag: string): Promise<void> | null {
    return this.#prepare(this.#tags.has(tag));
  }

  /** Resolves after a read that begins from now on. Never rejects. */
  refresh(): Promise<void> {
    return this.#poll.refresh();
  }

  #prepare(isKnown: boolean): Promise<void> | null {
    return isKnown ? this.#poll.prepare() : this.#poll.refreshOnMiss();
  }

  async #load(): Promise<void> {
    const { value, version } = shopsIn(await this.#read({ documents: [SHOPS_KEY] }));
    if (version === this.#version) return;
    this.#shops = new Map(value.map((shown) => [shown.shop, shown]));
    this.#tags = new Map(value.map(({ shop }) => [shopTag(shop), shop]));
    this.#version = version;
  }
}
