import type { Party } from '../../actor/fair-queue.ts';
import { LinkedList } from '../../actor/linked-list.ts';
import { ServiceRate } from './service-rate.ts';
import { ShopQueue } from './shop-queue.ts';

/** The class of a caller. Calls of later classes are shed first. */
export type CallClass = 'operator' | 'checkout' | 'shopper';

/** A call that has arrived and has not begun. */
export interface Arrival {
  readonly callClass: CallClass;
  /** False for a call that lasts as long as its client wants. It is not counted after it has begun. */
  readonly isBounded: boolean;
  /** The shop of the call. Shops are served in turn. Absent: the process has one shop. */
  readonly shop?: string;
  /** The sender. The parties of a shop are served in turn. */
  readonly party?: Party;
  isAbandoned(): boolean;
  /** Runs the call. It has ended when the result has settled. */
  begin(): unknown;
  /** Answers with `overloaded` or another refusal, without running the call. */
  shed(): void;
  /** Called after a bounded call has ended, and after a call was shed or dropped. */
  ended?(): void;
}

interface AdmissionOptions {
  /** A call that would wait longer is shed. */
  waitMaxMs: number;
  /** Whether connections wait to be accepted. Each turn of the event loop accepts one. */
  isAccepting?: () => boolean;
  /** A monotonic clock in milliseconds. */
  now?: () => number;
  /** Calls back at the end of the current turn of the event loop. */
  endOfTurn?: (callback: () => void) => void;
  /** Calls back when the microtasks of the current task have run, so that its work goes on only after an event. */
  afterTask?: (callback: () => void) => void;
}

/** With fewer outstanding calls no call is shed, because they wait for the store and not in a queue. */
const OUTSTANDING_MIN = 128;
/** Calls are admitted up to this part of `waitMaxMs`. The rest allows for errors of the estimate. */
const WAIT_SHARE = 0.6;
/** How long calls may begin within one turn of the event loop. The rest is for answers and other connections. */
const CALL_TURN_MS = 15;
/**
 * How long calls may be shed within one turn while others wait to begin. A shed call costs little, but at ten times the
 * load there are nine for each call that begins.
 */
const SHED_TURN_MS = 1;
/**
 * While connections wait to be accepted, a phase of turns without new calls is as long as the work before it, within
 * these bounds. That is enough time for the answers of running calls and for many connections.
 */
const ACCEPT_MS_MIN = 15;
const ACCEPT_MS_MAX = 250;
const ONLY_SHOP = '';
/** While both queues have calls, three of four calls that begin come from the queue of operators and checkouts. */
const PRIORITY_SHARE = 4;

interface Waiting {
  arrival: Arrival;
  since: number;
}

/**
 * Decides which calls begin and when, and which are shed.
 *
 * - A call begins at once unless the current turn of the event loop is used up. Then it waits here, where it costs
 *   little.
 * - Shops take turns, and within a shop its parties (clients, or else connections), so that one that sends many calls
 *   does not delay the others.
 * - The estimated wait of a call is the number of calls that are served before it (begun, and waiting with an earlier
 *   turn) divided by the rate of finished calls. If it exceeds the bound, the call is shed at once, before its body is
 *   read. A call that has nevertheless waited too long is shed when it would begin.
 * - Operators and checkouts have a queue of their own, which is served first. Their estimated wait counts only each
 *   other.
 * - While new connections wait to be accepted, no calls begin for half of the time, because each turn accepts one
 *   connection.
 * - A call whose client has disconnected is dropped when it would begin.
 */
export class CallAdmission {
  readonly counts = { shed: { operator: 0, checkout: 0, shopper: 0 }, abandoned: 0 };
  readonly #waitMaxMs: number;
  readonly #isAccepting: () => boolean;
  readonly #now: () => number;
  readonly #endOfTurn: (callback: () => void) => void;
  readonly #afterTask: (callback: () => void) => void;
  readonly #rate: ServiceRate;
  readonly #shoppers = new ShopQueue<Waiting>();
  readonly #priority = new ShopQueue<Waiting>();
  readonly #shedding = new LinkedList<Arrival>();
  #begun = 0;
  #priorityBegun = 0;
  #turnStart: number | null = null;
  /** The end of the phase without new calls; null outside of one. */
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

  get waiting(): number {
    return this.#shoppers.size + this.#priority.size;
  }

  get begun(): number {
    return this.#begun;
  }

  /** The rate of finished calls per second while the server is saturated. */
  get perSecond(): number {
    return this.#rate.perMs * 1_000;
  }

  /**
   * Returns whether a call of this class would wait too long. To be called before any work for the call. `ageMs` is how
   * long its bytes have already waited.
   */
  isOver(
    { callClass, shop = ONLY_SHOP, party }: Pick<Arrival, 'callClass' | 'shop' | 'party'>,
    ageMs: number,
  ): boolean {
    const isShopper = callClass === 'shopper';
    const ahead = isShopper
      ? this.#begun + this.#priority.size + this.#shoppers.aheadOf(shop, party)
      : this.#priorityBegun + this.#priority.aheadOf(shop, party);
    if (ahead < OUTSTANDING_MIN) return false;
    this.#rate.observe(this.#now(), this.#isSaturated);
    const age = isShopper ? ageMs : 0;
    return age + ahead / this.#rate.perMs > this.#waitMaxMs * WAIT_SHARE;
  }

  /** Sheds a call at the end of this turn, or of a later one if many are shed. */
  shed(arrival: Arrival): void {
    this.counts.shed[arrival.callClass] += 1;
    this.refuse(arrival);
  }

  /** Answers a call with its refusal, like `shed`, but does not count it as shed. */
  refuse(arrival: Arrival): void {
    this.#shedding.push(arrival);
    this.#openTurn(this.#now());
  }

  /** Begins the call at once, or queues it. */
  admit(arrival: Arrival): void {
    const now = this.#now();
    this.#openTurn(now);
    // A call on a connection that waited to be accepted begins in the next turn, which detects that its client has
    // left.
    if (this.waiting === 0 && this.#hasTime(now) && !this.#isAccepting()) return this.#begin(arrival);
    const queue = arrival.callClass === 'shopper' ? this.#shoppers : this.#priority;
    queue.push(arrival.shop ?? ONLY_SHOP, arrival.party, { arrival, since: now });
  }

  get #outstanding(): number {
    return this.#begun + this.waiting;
  }

  get #isSaturated(): boolean {
    return this.#outstanding >= OUTSTANDING_MIN;
  }

  #hasTime(now: number): boolean {
    return this.#turnStart !== null && now - this.#turnStart < CALL_TURN_MS;
  }

  /** Begins a turn with its first call. It ends when the event loop has processed all ready events. */
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

  /** Returns whether this turn begins no calls, so that the next one accepts a connection soon. */
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

  /**
   * Sheds calls one at a time. Each runs until it has to wait before the next one starts, so the measured time includes
   * it.
   */
  #shedSome(start: number): void {
    const shedMs = this.waiting === 0 ? CALL_TURN_MS : SHED_TURN_MS;
    const arrival = this.#now() - start < shedMs ? this.#shedding.shift() : undefined;
    if (!arrival) return this.#beginSome(this.#now());
    if (!arrival.isAbandoned()) arrival.shed();
    arrival.ended?.();
    this.#afterTask(() => this.#shedSome(start));
  }

  #beginSome(start: number): void {
    const now = this.#now();
    const next = now - start < CALL_TURN_MS ? this.#take() : undefined;
    if (!next) return;
    if (next.arrival.isAbandoned()) this.#drop(next.arrival);
    else if (this.#isLate(now - next.since)) this.shed(next.arrival);
    else this.#begin(next.arrival);
    this.#afterTask(() => this.#beginSome(start));
  }

  #drop(arrival: Arrival): void {
    this.counts.abandoned += 1;
    arrival.ended?.();
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
      arrival.ended?.();
    };
    const result = arrival.begin();
    if (!(result instanceof Promise)) return end();
    // `finally` would create three more promises.
    void result.then(end, (error: unknown) => {
      end();
      throw error;
    });
  }
}
