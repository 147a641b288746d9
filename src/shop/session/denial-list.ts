import { denialsKey, DENIALS_KEY } from '../../transact/documents/names.ts';
import type { Log } from '../../transact/log.ts';
import { PolledRead, type PollClock } from '../../transact/polled-read.ts';
import type { Read } from '../stock/units/stock-reader.ts';
import { changesIn, type Denial, DENIAL_PAGES, denialsIn, denialPageOf } from './session-documents.ts';

type DenialKind = Denial['kind'];
type DenialPage = Record<DenialKind, ReadonlyMap<string, Denial>>;

const EMPTY: DenialPage = { revoked: new Map(), blocked: new Map() };

/**
 * How often the denials are polled while there are listeners. A poll reads them again if the last read is 500 ms old.
 */
const LISTEN_MS = 250;

export interface DenialListParts {
  read: Read;
  log: Log;
  /** Whether other processes may change the denials. */
  isShared: boolean;
  /** The clock of sessions, in epoch milliseconds. */
  now: () => number;
  runtime: PollClock;
}

/**
 * The denials of a shop in the memory of a process. A look-up reads one entry of a map. It costs nothing while nobody
 * is denied.
 */
export class DenialList {
  readonly #read: Read;
  readonly #now: () => number;
  /** Reads the denials before a look-up. While they cannot be read, those of the last read count. */
  readonly poll: PolledRead;
  #pages: readonly DenialPage[] = Array.from({ length: DENIAL_PAGES }, () => EMPTY);
  #changes: readonly number[] = [];
  #isEmpty = true;
  readonly #listeners = new Set<() => void>();
  #timer: NodeJS.Timeout | null = null;

  constructor({ read, log, isShared, now, runtime }: DenialListParts) {
    this.#read = read;
    this.#now = now;
    const lines = {
      failed: 'revoked and blocked sessions cannot be read; those of the last read count',
      recovered: 'revoked and blocked sessions are read again',
    };
    this.poll = new PolledRead({ load: () => this.#load(), log, lines, isShared, runtime });
  }

  /** Whether the list is empty. Callers check it first, because most shops have no denials and need no look-ups. */
  get isEmpty(): boolean {
    return this.#isEmpty;
  }

  /** Returns the denial of a kind that is in force for a name. */
  find(kind: DenialKind, name: string): Denial | null {
    const found = this.#pages[denialPageOf(name)]?.[kind].get(name);
    return found && found.until > this.#now() ? found : null;
  }

  /**
   * Calls `listener` after each change, until the returned function is called. While there are listeners, the denials
   * are polled.
   */
  listen(listener: () => void): () => void {
    // The same function may listen for several connections.
    const own = (): void => listener();
    this.#listeners.add(own);
    this.#timer ??= setInterval(() => void this.poll.prepare(), LISTEN_MS).unref();
    return () => {
      this.#listeners.delete(own);
      if (this.#listeners.size > 0 || !this.#timer) return;
      clearInterval(this.#timer);
      this.#timer = null;
    };
  }

  async #load(): Promise<void> {
    const { value: changes } = changesIn(await this.#read({ documents: [DENIALS_KEY] }));
    const changed = changes.flatMap((count, page) => (count === this.#changes[page] ? [] : [page]));
    if (changed.length === 0) return;
    const view = await this.#read({ documents: changed.map(denialsKey) });
    const pages = [...this.#pages];
    for (const page of changed) pages[page] = indexed(denialsIn(view, page).value);
    this.#pages = pages;
    this.#isEmpty = pages.every(({ revoked, blocked }) => revoked.size + blocked.size === 0);
    this.#changes = changes;
    for (const listener of this.#listeners) listener();
  }
}

function indexed(denials: readonly Denial[]): DenialPage {
  const of = (kind: DenialKind) => new Map(denials.filter((one) => one.kind === kind).map((one) => [one.name, one]));
  return { revoked: of('revoked'), blocked: of('blocked') };
}
