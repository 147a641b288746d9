import type { SharedNotes } from '../../store/opened-store.ts';
import { newId } from '../../transact/ids.ts';
import { type Log, OutageLog } from '../../transact/log.ts';
import type { Streak } from './streak.ts';

/** How often notes are sent and read. */
const TURN_MS = 250;
/** The most streaks in one note, and the most notes of one turn. */
const SENT_MAX = 1_000;
const PAGES_MAX = 20;
const LINES = {
  failed: 'lifetimes of holds cannot be shared with other processes: each process counts alone',
  recovered: 'lifetimes of holds are shared with other processes again',
};

export interface StreakSharingOptions {
  notes: SharedNotes;
  /** How long a note matters. */
  keepMs: number;
  log: Log;
  /** Called with each streak that another process has seen. */
  learn: (streak: Streak) => void;
}

/** Shares streaks with other processes a few times a second. No call waits for it. */
export class StreakSharing {
  readonly #options: StreakSharingOptions;
  readonly #outages: OutageLog;
  readonly #process = newId('prc_', Date.now());
  #changed = new Set<Streak>();
  #position: string | null = null;
  #timer: NodeJS.Timeout;
  #isClosed = false;

  constructor(options: StreakSharingOptions) {
    this.#options = options;
    this.#outages = new OutageLog(options.log, LINES);
    this.#timer = this.#nextTurn();
  }

  /** Sends a streak soon. */
  readonly share = (streak: Streak): void => {
    if (this.#changed.size < SENT_MAX) this.#changed.add(streak);
  };

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #nextTurn(): NodeJS.Timeout {
    return setTimeout(() => void this.#turn(), TURN_MS).unref();
  }

  async #turn(): Promise<void> {
    await this.#outages.attempt(async () => {
      await this.#send();
      await this.#read();
    });
    if (!this.#isClosed) this.#timer = this.#nextTurn();
  }

  async #send(): Promise<void> {
    const changed = [...this.#changed];
    if (changed.length === 0) return;
    this.#changed = new Set();
    const { notes, keepMs } = this.#options;
    await notes.add(JSON.stringify([this.#process, ...changed.map(textOf)]), keepMs);
  }

  async #read(): Promise<void> {
    const { notes, learn } = this.#options;
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const found = await notes.after(this.#position);
      for (const { position, note } of found) {
        this.#position = position;
        const [process, ...streaks] = JSON.parse(note) as [string, ...ReturnType<typeof textOf>[]];
        if (process !== this.#process) for (const streak of streaks) learn(streakOf(streak));
      }
      if (found.length === 0) return;
    }
  }
}

const textOf = ({ holder, client, sku, since, until, units }: Streak) =>
  [holder, client, sku, since, until, units] as const;

const streakOf = ([holder, client, sku, since, until, units]: ReturnType<typeof textOf>): Streak => ({
  holder,
  client,
  sku,
  since,
  until,
  units,
});
