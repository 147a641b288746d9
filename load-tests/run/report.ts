import type { Outputs } from '../../src/client/client.ts';
import type { Facts } from '../lib/words.ts';
import type { Compared, Latencies, ThresholdResult } from './measures.ts';

/** What the runner writes beside k6's own report. */
export interface Report {
  scenario: string;
  /** `embedded`, `redis`, or the URL of a server that somebody else runs. */
  store: string;
  options: Record<string, number>;
  startedAt: string;
  seconds: number;
  counts: Record<string, number>;
  latency: Latencies;
  thresholds: ThresholdResult[];
  /** The percentiles beside those of the warm-up. */
  relative: Compared[];
  /** What was counted while it was sold. */
  live: { ok: boolean; orders: number; units: number; oversold: number };
  /** What the shop says afterwards. */
  audit: { ok: boolean; orders: number; units: number; violations: Outputs['admin']['audit']['violations'] };
  /** What the server said of itself while the script ran, where the scenario asks for it. */
  samples: readonly Facts['sample'][];
  notes: Record<string, number | string>;
  /** Everything that is wrong, in words. */
  problems: string[];
  ok: boolean;
}

const count = (value: number): string => value.toLocaleString('en');

/** The outcome in a few lines for people. */
export function wordsOf(report: Report): string {
  const { store, seconds, counts, latency, live, audit, notes, problems } = report;
  const refusals = Object.entries(counts).filter(([name, value]) => name.startsWith('refused_') && value > 0);
  const rows: [string, string][] = [
    ['store', store],
    ['time', `${seconds} s, ${count(counts['http_reqs'] ?? 0)} requests, ${count(counts['iterations'] ?? 0)} visits`],
    ['counted live', `${count(live.units)} units in ${count(live.orders)} orders, ${count(live.oversold)} oversold`],
    ['on record', `${count(audit.units)} units in ${count(audit.orders)} orders, audit ${audit.ok ? 'ok' : 'FAILED'}`],
    [
      'refused',
      refusals.map(([name, value]) => `${count(value)} ${name.slice('refused_'.length)}`).join(', ') || 'nothing',
    ],
    [
      'faults',
      `${count(counts['server_faults'] ?? 0)} of the server, ${count(counts['transport_faults'] ?? 0)} on the way`,
    ],
    ...Object.entries(notes).map(([name, value]): [string, string] => [name, String(value)]),
  ];
  const lines = ['', ...rows.map(([name, value]) => `  ${name.padEnd(13)} ${value}`), ''];
  for (const [procedure, phases] of Object.entries(latency)) {
    for (const [phase, { p50Ms, p95Ms, p99Ms, count: calls }] of Object.entries(phases)) {
      const times = `p50 ${p50Ms} ms, p95 ${p95Ms} ms, p99 ${p99Ms} ms`;
      lines.push(`  ${procedure.padEnd(21)} ${phase.padEnd(9)} ${times}, ${count(calls)} calls`);
    }
  }
  lines.push('', problems.length === 0 ? 'Everything is as it should be.' : 'This is wrong:');
  return [...lines, ...problems.map((problem) => `  - ${problem}`)].join('\n');
}
