import type { Bench, Report } from './types.ts';

export interface Choice {
  rounds: number;
  smoke: boolean;
  /** Null: all keys. */
  only: readonly string[] | null;
}

export interface Task {
  key: string;
  kind: 'ratio' | 'report';
  /** Estimated duration, for the remaining time. */
  seconds: number;
}

export const ROUND_MS = 1_200;
export const SMOKE_ROUND_MS = 100;
/** The default of a smoke run: one task of each kind that needs nothing but Redis. */
const SMOKE_KEYS = ['hot_vs_evalsha_p1', 'cart_vs_evalsha_p1', 'memory'];
const BESIDES_SECONDS = 5;

/** Throws `TypeError` for an unknown key. */
export function chooseTasks(benches: readonly Bench[], reports: readonly Report[], choice: Choice): Task[] {
  const { rounds, smoke } = choice;
  const seconds = (besides = BESIDES_SECONDS): number => (smoke ? 3 : besides + ((rounds + 1) * 2 * ROUND_MS) / 1_000);
  const all: Task[] = [
    ...benches.map(({ key, besidesSeconds }): Task => ({ key, kind: 'ratio', seconds: seconds(besidesSeconds) })),
    ...reports.map((report): Task => ({ key: report.key, kind: 'report', seconds: smoke ? 3 : report.seconds })),
  ];
  const only = choice.only ?? (smoke ? SMOKE_KEYS : null);
  if (!only) return all;
  const unknown = only.filter((key) => !all.some((task) => task.key === key));
  if (unknown.length > 0) throw new TypeError(`there is no ${unknown.join(', ')}; --list names all that there are`);
  return all.filter(({ key }) => only.includes(key));
}
