import type { Failed, Ratio, ReportResult, Results } from './types.ts';
import type { Task } from './tasks.ts';

type Outcome = Ratio | ReportResult;

/** Runs one task. Rejects where it has no result. */
export type TaskRunner = (task: Task, onLine: (line: string) => void) => Promise<Outcome>;

/**
 * Runs the tasks one after another, whether or not earlier ones failed. A task without a result has `error` in its
 * place.
 */
export async function runAll(
  tasks: readonly Task[],
  run: TaskRunner,
  say: (line: string) => void,
): Promise<Pick<Results, 'ratios' | 'reports'>> {
  const ratios: Results['ratios'] = {};
  const reports: Results['reports'] = {};
  const clock = new Clock(tasks);
  for (const [index, task] of tasks.entries()) {
    const line = (text: string): void => say(`[${index + 1}/${tasks.length} ${task.key}] ${text} (${clock.left()})`);
    clock.begin(index);
    line('begins');
    const outcome = await run(task, line).catch((error: unknown): Failed => ({ error: messageOf(error) }));
    if ('error' in outcome) line(`has no result: ${outcome.error}`);
    if (task.kind === 'ratio') ratios[task.key] = outcome as Ratio | Failed;
    else reports[task.key] = outcome as ReportResult | Failed;
  }
  return { ratios, reports };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The remaining time: the estimate of the remaining tasks, corrected by the error of the estimates so far. */
class Clock {
  readonly #seconds: readonly number[];
  readonly #startedAt = performance.now();
  #beganAt = performance.now();
  #index = 0;

  constructor(tasks: readonly Task[]) {
    this.#seconds = tasks.map(({ seconds }) => seconds);
  }

  begin(index: number): void {
    this.#index = index;
    this.#beganAt = performance.now();
  }

  left(): string {
    const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);
    const done = sum(this.#seconds.slice(0, this.#index));
    const factor = done > 0 ? (this.#beganAt - this.#startedAt) / 1_000 / done : 1;
    const current = (this.#seconds[this.#index] ?? 0) * factor - (performance.now() - this.#beganAt) / 1_000;
    const seconds = Math.max(0, current) + sum(this.#seconds.slice(this.#index + 1)) * factor;
    return seconds < 90 ? `about ${Math.ceil(seconds)} s left` : `about ${Math.ceil(seconds / 60)} min left`;
  }
}
