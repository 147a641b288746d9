import type { SharedNotes } from '../../store/opened-store.ts';
import type { Ids } from '../../transact/documents/ids.ts';
import { type Log, OutageLog } from '../../transact/log.ts';
import type { Streak } from './streak.ts';
import { noteText, readNote } from './streak-note.ts';

/** How often notes are sent and read. */
const TURN_MS = 250;
/** The most streaks in one note, and in the notes of one turn. */
const NOTE_STREAKS_MAX = 100;
const SENT_MAX = 1_000;
/** The most pages of notes that are read in one turn. */
const PAGES_MAX = 20;
const LINES = {
  failed: 'lifetimes of holds cannot be shared with other processes: each process counts alone',
  recovered: 'lifetimes of holds are shared with other processes again',
};
const DROPPED =
  'more lifetimes of holds changed at once than can be shared: other processes count them when they change again';
/** The minimum time between two log lines about dropped changes. */
const DROPPED_QUIET_MS = 10_000;
const MALFORMED = 'skipped a malformed note about lifetimes of holds: is an older version or another program writing?';

export interface StreakSharingOptions {
  notes: SharedNotes;
  ids: Ids;
  /** How long a note is valid. */
  keepMs: number;
  log: Log;
  /** Called with each streak that another process has reported. */
  learn: (streak: Streak) => void;
}

/** Shares streaks with other processes a few times a second. No call waits for it. */
export class StreakSharing {
  readonly #options: StreakSharingOptions;
  readonly #outages: OutageLog;
  readonly #process: string;
  #changed = new Set<Streak>();
  #position: string | null = null;
  #timer: NodeJS.Timeout;
  #isClosed = false;
  /** Changes that were not sent, since the last line about them. */
  #dropped = 0;
  #quietUntil = 0;

  constructor(options: StreakSharingOptions) {
    this.#options = options;
    this.#process = options.ids.newId('prc_');
    this.#outages = new OutageLog(options.log, LINES);
    this.#timer = this.#nextTurn();
  }

  /** Sends a streak soon. */
  readonly share = (streak: Streak): void => {
    if (this.#changed.size < SENT_MAX || this.#changed.has(streak)) this.#changed.add(streak);
    else this.#dropped += 1;
  };

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #nextTurn(): NodeJS.Timeout {
    return setTimeout(() => void this.#turn(), TURN_MS).unref();
  }

  async #turn(): Promise<void> {
    this.#logDropped(performance.now());
    await this.#outages.attempt(() => this.#exchange());
    if (!this.#isClosed) this.#timer = this.#nextTurn();
  }

  #logDropped(now: number): void {
    if (this.#dropped === 0 || now < this.#quietUntil) return;
    this.#options.log.warn({ count: this.#dropped }, DROPPED);
    this.#dropped = 0;
    this.#quietUntil = now + DROPPED_QUIET_MS;
  }

  async #exchange(): Promise<void> {
    try {
      await this.#send();
      await this.#read();
    } catch (error) {
      // The store closes soon after the services, which is not an outage.
      if (!this.#isClosed) throw error;
    }
  }

  /** Sends the streaks again in the next turn if it fails: a repeated note has no further effect. */
  async #send(): Promise<void> {
    const changed = [...this.#changed];
    this.#changed = new Set();
    const { notes, keepMs } = this.#options;
    try {
      for (let sent = 0; sent < changed.length; sent += NOTE_STREAKS_MAX) {
        await notes.add(noteText(this.#process, changed.slice(sent, sent + NOTE_STREAKS_MAX)), keepMs);
      }
    } catch (error) {
      for (const streak of changed) this.share(streak);
      throw error;
    }
  }

  async #read(): Promise<void> {
    for (let page = 0; page < PAGES_MAX && !this.#isClosed; page += 1) {
      const found = await this.#options.notes.after(this.#position);
      for (const { position, note } of found) {
        this.#position = position;
        this.#learn(position, note);
      }
      if (found.length === 0) return;
    }
  }

  #learn(position: string, text: string): void {
    const { log, learn } = this.#options;
    const note = readNote(text);
    if (!note) log.warn({ position }, MALFORMED);
    else if (note.process !== this.#process) for (const streak of note.streaks) learn(streak);
  }
}
