import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { watchOver } from '../../test/support/watchdog.ts';
import type { Plan } from '../lib/words.ts';

export interface K6Run {
  /** The file in `load-tests/scenarios/`. */
  script: string;
  plan: Omit<Plan, 'summaryFile'>;
  /** The folder of the plan and the summary. It is deleted after the run. */
  dir: string;
  htmlFile: string;
  secondsMax: number;
  signal: AbortSignal;
}

export interface K6Outcome {
  code: number | null;
  /** Null if k6 ended before it wrote a summary. */
  summary: Summary | null;
  lastWords: string;
  /** The first log lines of the script. */
  said: string[];
  /** The uncaught errors of the script. k6 ends the iteration, counts nothing and continues. */
  thrown: string[];
  seconds: number;
}

export interface Summary {
  metrics: Record<
    string,
    { type: string; values: Record<string, number>; thresholds?: Record<string, { ok: boolean }> }
  >;
}

const LINES_MAX = 30;
const SAID = /msg="(.*)" source=console$/;
const THROWN = /^time=.* level=error msg="(.*)"(?: .*)? source=stacktrace$/;
const SAID_MAX = 3;
const THROWN_MAX = 1_000;
const CHARS_MAX = 600;
const STOP_MS_MAX = 10_000;

/**
 * Runs k6 with an exported dashboard and without a listener. Aborting the signal ends it. Rejects only if k6 is
 * missing.
 */
export async function runK6({ script, plan, dir, htmlFile, secondsMax, signal }: K6Run): Promise<K6Outcome> {
  const planFile = join(dir, 'plan.json');
  const summaryFile = join(dir, 'summary.json');
  await writeFile(planFile, JSON.stringify({ ...plan, summaryFile } satisfies Plan), { mode: 0o600 });
  const start = performance.now();
  const child = spawn(k6(), ['run', ...(process.stderr.isTTY ? [] : ['--quiet']), '--address', '', script], {
    env: { ...k6Environment(htmlFile), LOAD_PLAN: planFile },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close');
  if (child.pid !== undefined) {
    const watchdog = watchOver(child.pid);
    child.once('close', () => watchdog.kill('SIGKILL'));
  }
  const lines: string[] = [];
  const said: string[] = [];
  const thrown: string[] = [];
  child.stdout.pipe(process.stderr, { end: false });
  createInterface({ input: child.stderr }).on('line', (line) => {
    lines.push(line);
    const [, message] = SAID.exec(line) ?? [];
    if (message !== undefined && said.length < SAID_MAX) said.push(message.replaceAll('\\"', '"').slice(0, CHARS_MAX));
    const [, uncaught] = THROWN.exec(line) ?? [];
    if (uncaught !== undefined && thrown.length < THROWN_MAX) thrown.push(uncaught.slice(0, CHARS_MAX));
    if (lines.length > LINES_MAX) lines.shift();
  });
  const end = (): void => {
    child.kill('SIGINT');
    setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX).unref();
  };
  const late = setTimeout(end, secondsMax * 1_000);
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  const [code] = (await closed.finally(() => {
    clearTimeout(late);
    signal.removeEventListener('abort', end);
  })) as [number | null];
  const seconds = (performance.now() - start) / 1_000;
  return { code, summary: await readSummary(summaryFile), lastWords: lines.join('\n'), said, thrown, seconds };
}

const k6 = (): string => process.env['HOLDFAST_K6'] ?? 'k6';

const k6Environment = (htmlFile: string): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  HOME: process.env['HOME'],
  TMPDIR: process.env['TMPDIR'],
  K6_NO_USAGE_REPORT: 'true',
  K6_WEB_DASHBOARD: 'true',
  K6_WEB_DASHBOARD_EXPORT: htmlFile,
  // Short runs get a report too; the dashboard has no listener.
  K6_WEB_DASHBOARD_PERIOD: '1s',
  K6_WEB_DASHBOARD_PORT: '-1',
});

async function readSummary(file: string): Promise<Summary | null> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Summary;
  } catch {
    return null;
  }
}
