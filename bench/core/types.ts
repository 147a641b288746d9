/** The types of all benches and reports. `bench/keys/registry.ts` lists them. */

/** The settings that all rounds of one run share. */
export interface Plan {
  /** The approximate length of one timed round of one side. */
  roundMs: number;
  /** Tiny counts: checks that everything works, and measures nothing. */
  smoke: boolean;
  /** Prints one line of progress to stderr. */
  say: (line: string) => void;
}

export interface Figure {
  value: number;
  /** Additional figures for the JSON. */
  details?: Record<string, number>;
}

/** A side that is ready for any number of rounds. */
export interface OpenSide {
  /** One timed round; `round` counts from 0. */
  round: (round: number) => Promise<Figure>;
  /** Throws where the work done differs from the work counted, or the audit fails: such a side has no result. */
  verify: () => Promise<void>;
  /** Ends everything that the side started. Called exactly once, also after an error. */
  close: () => Promise<void>;
}

export interface Side {
  name: string;
  unit: string;
  open: (plan: Plan) => Promise<OpenSide>;
}

/** The goal of the ratio, which depends on whether more or less is better. `report`: there is no goal. */
export type Reach = { atLeast: number } | { atMost: number } | 'report';

/** Two sides, measured in turns. The result is a's figure over b's, round by round. */
export interface Bench {
  key: string;
  about: string;
  reach: Reach;
  a: Side;
  b: Side;
  /** Estimated time to prepare and verify, in addition to the rounds. Default 5 s. */
  besidesSeconds?: number;
}

export interface ReportRow {
  name: string;
  value: number | string;
  unit: string;
  reach?: string;
}

/** Lines over logarithmic axes. */
export interface Plot {
  /** Names the file: `<json's name>-<file>.svg`. */
  file: string;
  title: string;
  x: string;
  y: string;
  series: { name: string; points: [x: number, y: number][] }[];
}

export interface ReportResult {
  rows: ReportRow[];
  plots?: Plot[];
}

/** A measurement without a reference. It audits the shop that it used, and throws where that fails. */
export interface Report {
  key: string;
  about: string;
  seconds: number;
  run: (plan: Plan) => Promise<ReportResult>;
}

export interface SideResult {
  name: string;
  unit: string;
  median: number;
  values: number[];
  details?: Record<string, number>[];
}

export interface Ratio {
  /** The median ratio of a round: a over b. */
  median: number;
  /** The round that is furthest from the goal. */
  worst: number;
  rounds: number;
  a: SideResult;
  b: SideResult;
}

export interface Failed {
  error: string;
}

/** The contents of the JSON file. */
export interface Results {
  machine: Record<string, string | number>;
  versions: Record<string, string>;
  ratios: Record<string, Ratio | Failed>;
  reports: Record<string, ReportResult | Failed>;
}

export const isFailed = <T extends object>(result: T | Failed): result is Failed => 'error' in result;
