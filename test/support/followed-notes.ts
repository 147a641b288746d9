import type { SharedNotes } from '../../src/store/opened-store.ts';

/** Notes of one process of a shop, which report when it has sent and read them. */
export class FollowedNotes implements SharedNotes {
  readonly #notes: SharedNotes;
  #waiting: (() => void)[] = [];
  /** How many of the next additions fail. */
  failures = 0;

  constructor(notes: SharedNotes) {
    this.#notes = notes;
  }

  async add(note: string, keepMs: number): Promise<void> {
    if (this.failures > 0) {
      this.failures -= 1;
      throw new Error('the link is down');
    }
    await this.#notes.add(note, keepMs);
  }

  async after(position: string | null): Promise<{ position: string; note: string }[]> {
    const waiting = this.#waiting;
    this.#waiting = [];
    const found = await this.#notes.after(position);
    if (found.length > 0) this.#waiting.push(...waiting);
    else for (const resolve of waiting) resolve();
    return found;
  }

  /** Resolves when the process has read all notes that are there now. */
  read(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Resolves when the process has sent what it knows now: each turn sends, and reads after that. */
  async sent(): Promise<void> {
    await this.read();
    await this.read();
  }
}
