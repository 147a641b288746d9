import type { HttpCaller } from '../../../test/support/http-caller.ts';
import type { RedisConfig } from '../../../test/support/redis-server.ts';
import type { EventKind, Events, Good } from '../../lib/words.ts';
import type { Records } from './read-back.ts';
import type { OwnShop } from './load-shop.ts';
import type { Reported } from './order-oracle.ts';

export type Options = Record<string, number>;

export interface OptionSpec {
  preset: number;
  min: number;
  max: number;
  about: string;
}

export interface GoodSpec {
  /** `sku(name)` in the script. */
  name: string;
  units: number;
  title?: string;
  unitPrice?: { amount: number; currency: string };
  limitPerCustomer?: number;
}

/** What a scenario may do, and look at, while k6 runs. */
export interface Running {
  readonly options: Options;
  readonly operator: HttpCaller;
  /** The server and its store, to be killed and started again; null where somebody else runs it (`--url`). */
  readonly own: OwnShop | null;
  /** Resolves in so many seconds; rejects when k6 ends before. */
  sleep(seconds: number): Promise<void>;
  /** Resolves with the next such event that is reported; rejects when k6 ends before. */
  nextEvent<K extends EventKind>(kind: K, isIt: (event: Events[K]) => boolean): Promise<Events[K]>;
  /** Records an event. `after` finds it in `reported.events`. */
  recordEvent<K extends EventKind>(kind: K, event: Events[K]): void;
  /** An event for the outcome and the report. */
  note(name: string, value: number | string): void;
}

/** The shop when k6 has ended, and nothing was read back yet. */
export interface Settling {
  readonly options: Options;
  readonly operator: HttpCaller;
  readonly goods: readonly Good[];
}

/** What there is to judge when k6 has ended and everything was read back. */
export interface Finished extends Settling {
  /** `sku(name)` of the script. */
  readonly sku: (name: string) => string;
  readonly reported: Reported;
  readonly records: Records;
  readonly metrics: Metrics;
  /** Adds a finding about latency, which does not make the run wrong. */
  tooSlow(finding: string): void;
  /** An event for the outcome and the report. */
  note(name: string, value: number | string): void;
}

/** k6's own numbers: of counters `count`, of trends also `p(50)`, `p(95)`, `p(99)`, `max`. */
export type Metrics = (metric: string) => Record<string, number>;

/**
 * The percentiles of `to` may be `factor` times those of `from`, or of a call without work in the same phase where that is
 * more; what is below `floorMs` is never too slow.
 */
export interface Comparison {
  from: string;
  to: string[];
  factor: number;
  floorMs: number;
  /** A procedure that was called less often in either phase is not compared; 50 unless named. */
  callsMin?: number;
}

/** The runner's side of a scenario; the script of the same name is what k6 runs. */
export interface Definition {
  name: string;
  about: string;
  options: Record<string, OptionSpec>;
  /** About how long k6 runs; it is ended after that and two minutes more. */
  seconds(options: Options): number;
  goods(options: Options): GoodSpec[];
  /** Environment of a server that the runner starts, by the names of the README. */
  server?(options: Options): Record<string, string>;
  /** Settings of a Redis that the runner starts, by the names of redis.conf. */
  redis?(options: Options): RedisConfig;
  /** Why this scenario cannot be run against `--url`. */
  ownOnly?: string;
  comparison?: Comparison;
  /** Whether no unit comes back during the run: what a shopper was refused is not there at the end either. */
  stockOnlyFalls?: boolean;
  /** Whether orders may be on record that k6 never received, because answers get lost. */
  losesAnswers?: boolean;
  during?(running: Running): Promise<void>;
  /** Waits, by asking and not for ever, for what the shop has yet to do by itself. */
  settle?(settling: Settling): Promise<void>;
  /** Everything that is wrong, in words; nothing should be. */
  after?(finished: Finished): Promise<string[]> | string[];
}
