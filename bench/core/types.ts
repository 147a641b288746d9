/** What every bench and report is made of. `bench/keys/registry.ts` lists them. */

/** What the rounds of one run have in common. */
export interface Plan {
  /** How long one timed round of one side is meant to take, about. */
  roundMs: number;
  /** Tiny counts: shows that everything works, and measures nothing. */
  smoke: boolean;
  /** One line of progress, on stderr. */
  say: (line: string) => void;
}

export interface Figure {
  value: number;
  /** Beside the figure, for the JSON. */
  details?: Record<string, number>;
}

/** A side that is ready to be measured, as often as asked. */
export interface OpenSide {
  /** One timed round; `round` counts from 0. */
  round: (round: number) => Promise<Figure>;
  /** Throws where what was done is not what was counted, or the audit fails: such a side has no result. */
  verify: () => Promise<void>;
  /** Ends everything that it started. Called once, whatever happened. */
  close: () => Promise<void>;
}

export interface Side {
  name: string;
  unit: string;
  open: (plan: Plan) => Promise<OpenSide>;
}

/** What the ratio has to reach, taken from what is better: more, or less. `report`: there is no such thing. */
export type Reach = { atLeast: number } | { atMost: number } | 'report';

/** Two sides, measured in turns: the result is a's figure over b's, round by round. */
export interface Bench {
  key: string;
  about: string;
  reach: Reach;
  a: Side;
  b: Side;
  /** What preparing and verifying take beside the rounds, for the time left. Default 5 s. */
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

/** Something that is measured without a reference. It audits what it used, and throws where that fails. */
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
  /** Of a round's figures: a over b. */
  median: number;
  /** The round that is furthest from what is wanted. */
  worst: number;
  rounds: number;
  a: SideResult;
  b: SideResult;
}

export interface Failed {
  error: string;
}

/** What the JSON file holds. */
export interface Results {
  machine: Record<string, string | number>;
  versions: Record<string, string>;
  ratios: Record<string, Ratio | Failed>;
  reports: Record<string, ReportResult | Failed>;
}

export const isFailed = <T extends object>(result: T | Failed): result is Failed => 'error' in result;
