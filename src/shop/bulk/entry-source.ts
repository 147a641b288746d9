import type { ImportEntries, ImportEntry } from './bulk-api.ts';

/** Returns the entries of a file one by one, and without a promise for entries that have been read already. */
export class EntrySource {
  readonly #iterator: AsyncIterator<ImportEntry | readonly ImportEntry[]>;
  #ready: readonly ImportEntry[] = [];
  #index = 0;

  constructor(entries: ImportEntries) {
    this.#iterator = entries[Symbol.asyncIterator]();
  }

  /** Returns the next entry if it has been read already. */
  takeReady(): ImportEntry | null {
    const entry = this.#ready[this.#index];
    if (entry === undefined) return null;
    this.#index += 1;
    return entry;
  }

  /** Resolves with the next entry; null at the end of the file. Rejects as the source does. */
  async take(): Promise<ImportEntry | null> {
    for (;;) {
      const entry = this.takeReady();
      if (entry !== null) return entry;
      const next = await this.#iterator.next();
      if (next.done) return null;
      this.#ready = 'text' in next.value ? [next.value] : next.value;
      this.#index = 0;
    }
  }

  /** Ends the source without waiting for it, because a stuck source ends only with its connection. */
  end(): void {
    void this.#iterator.return?.()?.then(undefined, () => undefined);
  }
}
