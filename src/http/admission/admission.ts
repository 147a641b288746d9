import { LinkedList } from '../../actor/linked-list.ts';
import { ServiceRate } from './service-rate.ts';

/** Who calls, in the order in which calls are shed last to first. */
export type CallClass = 'operator' | 'checkout' | 'shopper';

/** A call that was read from its connection and has not begun. */
export interface Arrival {
  readonly callClass: CallClass;
  /** False for what takes as long as its client likes: it begins in its turn, and is not counted afterwards. */
  readonly isBounded: boolean;
  /** Whether nobody waits for the answer any more. */
  isAbandoned(): boolean;
  /** Does the work. The call has ended when the result has settled. */
  begin(): unknown;
  /** Answers `overloaded` instead. */
  shed(): void;
}

export interface AdmissionOptions {
  /** A call that would wait longer than this is shed. */
  waitMaxMs: number;
  /** Whether connections wait to be accepted, of which each turn of the event loop accepts one. */
  isAccepting?: () => boolean;
  /** A monotonic clock in milliseconds. */
  now?: () => number;
  /** Calls back at the end of the event loop's present turn. */
  endOfTurn?: (callback: () => void) => void;
  /** Calls back when all that the present task has started has gone as far as it can. */
  afterTask?: (callback: () => void) => void;
}

/** So few outstanding calls are never shed: the wait is then the store's, and not that of a queue. */
const OUTSTANDING_MIN = 128;
/** Calls are admitted up to this part of the longest wait; the rest is for what the estimate does not see. */
const WAIT_SHARE = 0.6;
/** How long calls may begin within one turn of the event loop. Answers and other connections have the rest. */
const TURN_MS = 15;
/**
 * How long calls may be shed before that while others wait to begin. An answer costs little, but at ten times the load there
 * are nine for each call.
 */
const SHED_TURN_MS = 1;
/**
 * While connections wait to be accepted, turns without work last as long in all as the work before them, within these
 * bounds: long enough for the answers of calls under way to be out, and for many connections.
 */
const ACCEPT_MS_MIN = 15;
const ACCEPT_MS_MAX = 250;
/** Of four calls that begin while both classes wait, three are of operators and checkouts. */
const PRIORITY_SHARE = 4;

interface Waiting {
  arrival: Arrival;
  since: number;
}

/**
 * Decides which calls begin, when, and which are shed.
 *
 * - A call begins at once unless the present turn of the event loop is used up. Then it waits here, where it costs little.
 * - The wait that a call has ahead is the number of outstanding calls (those that wait and those that have begun)
 *   divided by the rate at which calls are finished. Where it exceeds the bound the call is shed at once, before its body
 *   is read. A call that has waited for too long all the same is shed when its turn comes.
 * - Operators and checkouts wait in a queue of their own, which is served first, and count only each other as ahead.
 * - While new connections wait to be accepted, turns are left without work for half of the time: each turn accepts one.
 * - A call whose client has left is dropped when its turn comes.
 */
export class Admission {
  readonly counts = { shed: { operator: 0, checkout: 0, shopper: 0 }, abandoned: 0 };
  readonly #waitMaxMs: number;
  readonly #isAccepting: () => boolean;
  readonly #now: () => number;
  readonly #endOfTurn: (callback: () => void) => void;
  readonly #afterTask: (callback: () => void) => void;
  readonly #rate: ServiceRate;
  readonly #shoppers = new LinkedList<Waiting>();
  readonly #priority = new LinkedList<Waiting>();
  readonly #shedding = new LinkedList<Arrival>();
  #begun = 0;
  #priorityBegun = 0;
  #turnStart: number | null = null;
  /** Until when turns are left without work; null while they are not. */
  #leftUntil: number | null = null;
  #workedSince = 0;
  #served = 0;

  constructor(options: AdmissionOptions) {
    this.#waitMaxMs = options.waitMaxMs;
    this.#isAccepting = options.isAccepting ?? (() => false);
    this.#now = options.now ?? (() => performance.now());
    this.#endOfTurn = options.endOfTurn ?? setImmediate;
    this.#afterTask = options.afterTask ?? ((callback) => queueMicrotask(() => process.nextTick(callback)));
    this.#rate = new ServiceRate(this.#now());
  }

  /** Calls that wait here. */
  get waiting(): number {
    return this.#shoppers.size + this.#priority.size;
  }

  /** Calls that have begun and not ended. */
  get begun(): number {
    return this.#begun;
  }

  /** Finished calls per second while the server is saturated. */
  get perSecond(): number {
    return this.#rate.perMs * 1_000;
  }

  /**
   * Returns whether a call of this class would have to wait for too long. To be called before anything is spent on the
   * call. `ageMs` is how long its bytes have waited already.
   */
  isOver(callClass: CallClass, ageMs: number): boolean {
    const isShopper = callClass === 'shopper';
    const ahead = isShopper ? this.#outstanding : this.#priority.size + this.#priorityBegun;
    if (ahead < OUTSTANDING_MIN) return false;
    this.#rate.observe(this.#now(), this.#isSaturated);
    const age = isShopper ? ageMs : 0;
    return age + ahead / this.#rate.perMs > this.#waitMaxMs * WAIT_SHARE;
  }

  /** Sheds a call at the end of this turn, or of one of the next where many are shed. */
  shed(arrival: Arrival): void {
    this.counts.shed[arrival.callClass] += 1;
    this.#shedding.push(arrival);
    this.#openTurn(this.#now());
  }

  /** Begins the call at once or in its turn. */
  admit(arrival: Arrival): void {
    const now = this.#now();
    this.#openTurn(now);
    // The next turn notices whether the client of a connection that waited to be accepted has left.
    if (this.waiting === 0 && this.#hasTime(now) && !this.#isAccepting()) return this.#begin(arrival);
    const queue = arrival.callClass === 'shopper' ? this.#shoppers : this.#priority;
    queue.push({ arrival, since: now });
  }

  get #outstanding(): number {
    return this.#begun + this.waiting;
  }

  get #isSaturated(): boolean {
    return this.#outstanding >= OUTSTANDING_MIN;
  }

  #hasTime(now: number): boolean {
    return this.#turnStart !== null && now - this.#turnStart < TURN_MS;
  }

  /** A turn begins with its first call, and ends when the event loop has been through what was ready. */
  #openTurn(now: number): void {
    if (this.#turnStart !== null) return;
    this.#turnStart = now;
    this.#endOfTurn(() => {
      this.#turnStart = null;
      if (this.waiting + this.#shedding.size === 0) return;
      const start = this.#now();
      this.#openTurn(start);
      if (!this.#leavesTurn(start)) this.#shedSome(start);
    });
  }

  /** Whether this turn ends without work, so that the next one accepts a connection soon. */
  #leavesTurn(now: number): boolean {
    if (this.#isAccepting()) {
      const workedMs = now - this.#workedSince;
      this.#leftUntil ??= now + Math.min(ACCEPT_MS_MAX, Math.max(ACCEPT_MS_MIN, workedMs));
      if (now < this.#leftUntil) return true;
    }
    this.#leftUntil = null;
    this.#workedSince = now;
    return false;
  }

  /** One call after the other, each with all that it can do before it has to wait, or the clock would not see its cost. */
  #shedSome(start: number): void {
    const shedMs = this.waiting === 0 ? TURN_MS : SHED_TURN_MS;
    const arrival = this.#now() - start < shedMs ? this.#shedding.shift() : undefined;
    if (!arrival) return this.#beginSome(this.#now());
    if (!arrival.isAbandoned()) arrival.shed();
    this.#afterTask(() => this.#shedSome(start));
  }

  #beginSome(start: number): void {
    const now = this.#now();
    const next = now - start < TURN_MS ? this.#take() : undefined;
    if (!next) return;
    if (next.arrival.isAbandoned()) this.counts.abandoned += 1;
    else if (this.#isLate(now - next.since)) this.shed(next.arrival);
    else this.#begin(next.arrival);
    this.#afterTask(() => this.#beginSome(start));
  }

  #isLate(waitedMs: number): boolean {
    return waitedMs >= this.#waitMaxMs && this.#isSaturated;
  }

  #take(): Waiting | undefined {
    this.#served += 1;
    const isShoppersTurn = this.#served % PRIORITY_SHARE === 0 && this.#shoppers.size > 0;
    return (isShoppersTurn ? undefined : this.#priority.shift()) ?? this.#shoppers.shift() ?? this.#priority.shift();
  }

  #begin(arrival: Arrival): void {
    if (!arrival.isBounded) return void arrival.begin();
    const priority = arrival.callClass === 'shopper' ? 0 : 1;
    this.#begun += 1;
    this.#priorityBegun += priority;
    const end = (): void => {
      this.#begun -= 1;
      this.#priorityBegun -= priority;
      this.#rate.finished(this.#now(), this.#isSaturated);
    };
    const result = arrival.begin();
    if (!(result instanceof Promise)) return end();
    // Not `finally`, which takes three promises more.
    void result.then(end, (error: unknown) => {
      end();
      throw error;
    });
  }
}
