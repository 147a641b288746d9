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
  /** Units at the location `main`; the others come in `prepare`. Absent: all. */
  unitsAtMain?: number;
  title?: string;
  unitPrice?: { amount: number; currency: string };
  limitPerCustomer?: number;
}

/** What a scenario may use while k6 runs. */
export interface Running {
  readonly options: Options;
  /** The URL of the server. */
  readonly url: string;
  /** `sku(name)` of the script. */
  readonly sku: (name: string) => string;
  readonly operator: HttpCaller;
  /** The server and its store, which the scenario may kill and restart; null with `--url`. */
  readonly own: OwnShop | null;
  /** Resolves after a number of seconds; rejects if k6 ends before. */
  sleep(seconds: number): Promise<void>;
  /** Resolves with the next matching event; rejects if k6 ends before. */
  nextEvent<K extends EventKind>(kind: K, isIt: (event: Events[K]) => boolean): Promise<Events[K]>;
  /** Records an event. `after` finds it in `reported.events`. */
  recordEvent<K extends EventKind>(kind: K, event: Events[K]): void;
  /** Adds a line to the outcome and the report. */
  note(name: string, value: number | string): void;
}

/** The shop after k6 has ended, before everything is read back. */
export interface Settling {
  readonly options: Options;
  readonly operator: HttpCaller;
  /** Null with `--url`. */
  readonly own: OwnShop | null;
  readonly goods: readonly Good[];
}

/** The data for the verdict, after k6 has ended and everything was read back. */
export interface Finished extends Settling {
  /** `sku(name)` of the script. */
  readonly sku: (name: string) => string;
  readonly reported: Reported;
  readonly records: Records;
  readonly metrics: Metrics;
  /** Adds a finding about latency, which does not make the run wrong. */
  tooSlow(finding: string): void;
  /** Adds a line to the outcome and the report. */
  note(name: string, value: number | string): void;
}

/** k6's own numbers: of counters `count`, of trends also `p(50)`, `p(95)`, `p(99)`, `max`. */
export type Metrics = (metric: string) => Record<string, number>;

/**
 * The percentiles of `to` may be `factor` times those of `from` or of a call without work in the same phase,
 * whichever is larger. Below `floorMs` they are never too slow.
 */
export interface Comparison {
  from: string;
  to: string[];
  factor: number;
  floorMs: number;
  /** A procedure with fewer calls in either phase is not compared. Absent: 50. */
  callsMin?: number;
}

/** The runner's part of a scenario. k6 runs the script of the same name. */
export interface Definition {
  name: string;
  about: string;
  options: Record<string, OptionSpec>;
  /** The approximate duration of k6. The runner ends it two minutes later. */
  seconds(options: Options): number;
  goods(options: Options): GoodSpec[];
  /** The environment of a server that the runner starts. */
  server?(options: Options): Record<string, string>;
  /** The redis.conf of a Redis that the runner starts. */
  redis?(options: Options): RedisConfig;
  /** Why this scenario cannot be run against `--url`. */
  ownOnly?: string;
  /** Changes the shop after its goods were defined and counted, before k6 starts. */
  prepare?(prepared: Settling): Promise<void>;
  comparison?: Comparison;
  /** Whether no unit comes back during the run, so that refused units cannot be available at the end. */
  stockOnlyFalls?: boolean;
  /** Whether the shop may have orders that k6 never received, because answers get lost. */
  losesAnswers?: boolean;
  during?(running: Running): Promise<void>;
  /** Polls, with a limit, until the shop has done its own pending work. */
  settle?(settling: Settling): Promise<void>;
  /** Returns the findings, in words. */
  after?(finished: Finished): Promise<string[]> | string[];
}
