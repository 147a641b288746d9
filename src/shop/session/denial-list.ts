import { denialsKey, DENIALS_KEY } from '../../transact/names.ts';
import { type Log, OutageLog } from '../../transact/log.ts';
import type { Read } from '../stock/stock-reader.ts';
import { changesIn, type Denial, DENIAL_PAGES, denialsIn, pageOf } from './session-documents.ts';

/** While sessions are in use the denials are read again this often, without delaying a call. */
const DENIALS_REFRESH_MS = 500;
/** A call waits for a read if the last one began longer ago. A denial has to be in force within a second. */
const DENIALS_STALE_MS = 900;

type DenialKind = Denial['kind'];
type DenialPage = Record<DenialKind, ReadonlyMap<string, Denial>>;

const EMPTY: DenialPage = { revoked: new Map(), blocked: new Map() };

export interface DenialListParts {
  read: Read;
  log: Log;
  /** Whether other processes may change the denials. */
  isShared: boolean;
  /** The clock of sessions, in epoch milliseconds. */
  now: () => number;
  /** A monotonic clock, in milliseconds. */
  clock?: () => number;
}

/**
 * The denials of a shop in the memory of a process. There is no timer: a process without sessions reads nothing. A
 * look-up costs one entry of a map, and nothing while there are no denials.
 */
export class DenialList {
  readonly #parts: DenialListParts;
  readonly #clock: () => number;
  readonly #outages: OutageLog;
  #pages: readonly DenialPage[] = Array.from({ length: DENIAL_PAGES }, () => EMPTY);
  #changes: readonly number[] = [];
  #isEmpty = true;
  /** When the last successful read began. */
  #asOf = -Infinity;
  #reading: Promise<void> | null = null;
  #next: Promise<void> | null = null;

  constructor(parts: DenialListParts) {
    this.#parts = parts;
    this.#clock = parts.clock ?? (() => performance.now());
    this.#outages = new OutageLog(parts.log, {
      failed: 'revoked and blocked sessions cannot be read; those of the last read count',
      recovered: 'revoked and blocked sessions are read again',
    });
  }

  /** Whether nothing can be found. It saves look-ups: most shops have no denials most of the time. */
  get isEmpty(): boolean {
    return this.#isEmpty;
  }

  /** Returns the denial of a kind that is in force for a name. `prepare` has to come before. */
  find(kind: DenialKind, name: string): Denial | null {
    const found = this.#pages[pageOf(name)]?.[kind].get(name);
    return found && found.until > this.#parts.now() ? found : null;
  }

  /**
   * Returns null if `find` may decide now. Otherwise returns a promise that resolves when the denials have been read
   * again; it never rejects. While they cannot be read, calls do not wait: the store serves nothing either.
   */
  prepare(): Promise<void> | null {
    const age = this.#clock() - this.#asOf;
    if (age < DENIALS_REFRESH_MS || (!this.#parts.isShared && this.#asOf !== -Infinity)) return null;
    if (age >= DENIALS_STALE_MS && !this.#outages.isFailing()) return this.#reading ?? this.#begin();
    if (!this.#reading) void this.#begin();
    return null;
  }

  /** Resolves after a read that begins from now on. Never rejects. */
  refresh(): Promise<void> {
    this.#next ??= (this.#reading ?? Promise.resolve()).then(() => {
      this.#next = null;
      return this.#begin();
    });
    return this.#next;
  }

  #begin(): Promise<void> {
    const reading: Promise<void> = this.#outages
      .attempt(() => this.#load(this.#clock()))
      .then(() => {
        if (this.#reading === reading) this.#reading = null;
      });
    this.#reading = reading;
    return reading;
  }

  async #load(began: number): Promise<void> {
    const { read } = this.#parts;
    const { value: changes } = changesIn(await read({ documents: [DENIALS_KEY] }));
    const changed = changes.flatMap((count, page) => (count === this.#changes[page] ? [] : [page]));
    if (changed.length > 0) {
      const view = await read({ documents: changed.map(denialsKey) });
      const pages = [...this.#pages];
      for (const page of changed) pages[page] = indexed(denialsIn(view, page).value);
      this.#pages = pages;
      this.#isEmpty = pages.every(({ revoked, blocked }) => revoked.size + blocked.size === 0);
      this.#changes = changes;
    }
    this.#asOf = began;
  }
}

function indexed(denials: readonly Denial[]): DenialPage {
  const of = (kind: DenialKind) => new Map(denials.filter((one) => one.kind === kind).map((one) => [one.name, one]));
  return { revoked: of('revoked'), blocked: of('blocked') };
}
