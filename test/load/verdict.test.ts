import { describe, expect, test } from 'vitest';
import { readArguments } from '../../load-tests/run/arguments.ts';
import type { Summary } from '../../load-tests/run/run-k6.ts';
import { wordsOf } from '../../load-tests/run/report.ts';
import { openOrderOracle } from '../../load-tests/run/toolkit/order-oracle.ts';
import { exitCodeOf, type Judged, reportOf } from '../../load-tests/run/verdict.ts';

const trend = (p99: number, count = 1_000) => ({
  type: 'trend',
  values: { count, 'p(50)': p99 / 4, 'p(95)': p99 / 2, 'p(99)': p99, max: p99 },
});

/** p99 of `session.create` and of calls without work, in the warm-up and in the sale. */
function measured(p99: { warmup: number; sale: number; noop?: number; machine?: number; count?: number }): Summary {
  const { warmup, sale, noop, machine, count } = p99;
  return {
    metrics: {
      'session_create{phase:warmup}': trend(warmup),
      'session_create{phase:sale}': trend(sale),
      'noop{phase:warmup}': trend(1),
      ...(noop === undefined ? {} : { 'noop{phase:sale}': trend(noop, count) }),
      ...(machine === undefined ? {} : { 'machine{phase:sale}': trend(machine) }),
    },
  };
}

const failed = (metric: string, threshold: string): Summary => ({
  metrics: { [metric]: { type: 'counter', values: { count: 3 }, thresholds: { [threshold]: { ok: false } } } },
});

interface Changes extends Pick<Partial<Judged>, 'problems'> {
  k6?: Partial<Judged['k6']>;
}

async function judged(summary: Summary, changes: Changes = {}) {
  await using oracle = await openOrderOracle([]);
  const { k6, ...rest } = changes;
  return reportOf({
    args: readArguments(['flash-sale']),
    startedAt: new Date(0),
    k6: { code: 0, summary, lastWords: '', said: [], thrown: [], seconds: 1, ...k6 },
    notes: {},
    reported: oracle.reported,
    records: null,
    problems: [],
    slow: [],
    ...rest,
  });
}

describe('latency', () => {
  test('is a finding of its own, and decides the exit code only with --strict-latency', async () => {
    const report = await judged(measured({ warmup: 10, sale: 190 }));
    expect(report.problems).toEqual([]);
    expect(report.slow).toEqual([expect.stringContaining('session.create took 190 ms at p99 in sale')]);
    expect(exitCodeOf(report, false)).toBe(0);
    expect(exitCodeOf(report, true)).toBe(3);
    expect(wordsOf(report)).toContain('Correctness: everything is as it should be.');
    expect(wordsOf(report)).toContain('Latency: slower than expected');
  });

  test('is compared with a call without work at the same moment', async () => {
    expect((await judged(measured({ warmup: 10, sale: 190, noop: 25, machine: 20 }))).slow).toEqual([]);
    expect((await judged(measured({ warmup: 10, sale: 190, noop: 12, machine: 10 }))).slow).toHaveLength(1);
  });

  test('few calls without work are not compared', async () => {
    expect((await judged(measured({ warmup: 10, sale: 190, noop: 25, machine: 20, count: 40 }))).slow).toHaveLength(1);
  });

  test('a blocked server is found by its own call without work', async () => {
    const { slow } = await judged(measured({ warmup: 10, sale: 900, noop: 800, machine: 5 }));
    expect(slow).toEqual([
      expect.stringContaining('noop took 400 ms at p95'),
      expect.stringContaining('noop took 800 ms at p99'),
    ]);
  });

  test.each([
    ['dropped_iterations', 'count==0'],
    ['dropped_iterations{phase:after}', 'count==0'],
    ['cart_add{phase:ramp}', 'max<10000'],
  ])('includes the threshold of %s', async (metric, threshold) => {
    const report = await judged(failed(metric, threshold), { k6: { code: 99 } });
    expect(report).toMatchObject({ ok: true, problems: [], slow: [`threshold ${metric}: ${threshold}`] });
  });
});

describe('correctness', () => {
  test.each(['oversold', 'server_faults', 'surprises', 'units_sold{phase:sale}'])('fails by %s', async (metric) => {
    const report = await judged(failed(metric, 'count==0'), { k6: { code: 99 } });
    expect(report).toMatchObject({ ok: false, slow: [], problems: [`threshold ${metric}: count==0`] });
    expect(exitCodeOf(report, false)).toBe(1);
  });

  test('comes before latency if both fail', async () => {
    const report = await judged(measured({ warmup: 10, sale: 190 }), { problems: ['1 unit is missing'] });
    expect(exitCodeOf(report, true)).toBe(1);
  });

  test('fails if the script throws', async () => {
    const report = await judged({ metrics: {} }, { k6: { thrown: ['TypeError: lines is undefined'] } });
    expect(report.problems).toEqual([expect.stringMatching(/the script failed 1 times.*lines is undefined/)]);
  });

  test.each([null, 107, 137])('fails if k6 ends with %s', async (code) => {
    expect((await judged({ metrics: {} }, { k6: { code } })).ok).toBe(false);
  });
});

test('--strict-latency takes no value and is off by default', () => {
  expect(readArguments(['smoke']).strictLatency).toBe(false);
  expect(readArguments(['smoke', '--strict-latency']).strictLatency).toBe(true);
});
