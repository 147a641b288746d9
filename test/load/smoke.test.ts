import type { AnyTRPCProcedure } from '@trpc/server';
import { expect, test } from 'vitest';
import { PATHS, PROCEDURES, REASONS } from '../../load-tests/lib/words.ts';
import { readArguments } from '../../load-tests/run/arguments.ts';
import { appRouter } from '../../src/api/router.ts';
import { WIRE } from '../../src/contract/calls/wire-refusals.ts';
import { runLoad } from '../support/load-run.ts';

// The first run on a machine builds k6.
const TIMEOUT_MS = 300_000;
const SECONDS_MAX = 30;
const HTML_BYTES_MIN = 50_000;

test('scripts know every procedure and every reason', () => {
  const all = Object.entries<AnyTRPCProcedure>(appRouter._def.procedures as never);
  const procedures = all.filter(([path]) => path !== 'stock.watch');
  expect(PROCEDURES).toEqual(Object.fromEntries(procedures.map(([path, { _def }]) => [path, _def.type])));
  expect([...REASONS].toSorted()).toEqual(Object.keys(WIRE).toSorted());
});

test.each(['embedded', 'redis'])('smoke uses every procedure once: %s', { timeout: TIMEOUT_MS }, async (store) => {
  const { code, stderr, report, htmlBytes } = await runLoad('smoke', '--store', store);
  expect({ code, problems: report?.problems, stderr }).toEqual({ code: 0, problems: [], stderr: expect.any(String) });
  expect(report).toMatchObject({
    scenario: 'smoke',
    store,
    live: { ok: true, orders: 2, units: 3, oversold: 0 },
    audit: { ok: true, orders: 3, units: 3, violations: [] },
    ok: true,
  });
  expect(Object.keys(report!.latency)).toEqual(PATHS);
  expect(report!.counts['checks_passed']).toBeGreaterThan(PATHS.length);
  expect(report!.seconds).toBeLessThan(SECONDS_MAX);
  expect(htmlBytes).toBeGreaterThan(HTML_BYTES_MIN);
});

const refused = [
  { args: [], words: 'which scenario?' },
  { args: ['toast'], words: 'there is no scenario toast' },
  { args: ['flash-sale', '--units', 'many'], words: '--units takes a whole number from 1 to 1000000' },
  { args: ['smoke', '--store', 'tape'], words: '--store takes embedded, redis or cluster' },
  {
    args: ['kill', '--url', 'https://shop.example'],
    words: 'kill cannot be run with --url: it kills the server and its store',
  },
  { args: ['smoke', '--url', 'ftp://shop.example'], words: '--url takes an http or https URL' },
];

test.each(refused)('$args is refused: $words', ({ args, words }) => {
  expect(() => readArguments(args)).toThrow(expect.objectContaining({ name: 'UsageError', message: words }));
});

test('exits with 2 and the usage for wrong arguments', { timeout: TIMEOUT_MS }, async () => {
  const { code, stderr, report } = await runLoad('flash-sale', '--units', 'many');
  expect({ code, report }).toEqual({ code: 2, report: null });
  expect(stderr).toContain('usage: npm run load -- SCENARIO');
});
