import { expect, test } from 'vitest';
import { refusalLine } from '../../src/cli/context/refusal-text.ts';
import { type Reason, WIRE } from '../../src/contract/calls/wire-refusals.ts';

const lineOf = (reason: Reason, meta: object): string => refusalLine({ reason, meta, message: WIRE[reason].message });

test.each([
  [
    'hold_not_active',
    { holdId: 'hld_1', state: 'released' },
    'hold_not_active: The hold is in a state that does not allow this (holdId hld_1, state released)',
  ],
  [
    'outcome_unknown',
    { idempotencyKey: 'k' },
    'outcome_unknown: Whether this took effect is not known (idempotencyKey k): check whether it took effect before ' +
      'you repeat the command',
  ],
  [
    'overloaded',
    { retryAfterMs: 1_200 },
    'overloaded: Too many calls wait already; try again soon (retryAfterMs 1200): repeat the command in 2 s',
  ],
  [
    'insufficient_stock',
    { lines: [{ sku: 'A\u001b', requested: 2, available: 1 }] },
    'insufficient_stock: There are not that many units (lines [{"sku":"A\\u001b","requested":2,"available":1}])',
  ],
  ['invalid_input', { issues: [{ path: 'sku', message: 'must be a text' }] }, 'invalid_input: sku: must be a text'],
  ['invalid_input', { issues: [{ path: '', message: 'the data is in Redis' }] }, 'the data is in Redis'],
] as [Reason, object, string][])('%s is one sentence', (reason, meta, line) => {
  expect(lineOf(reason, meta)).toBe(line);
});

test('no sentence mentions meta, and each ends without a period before its advice', () => {
  for (const reason of Object.keys(WIRE) as Reason[]) {
    const line = lineOf(reason, {});
    expect(line).not.toMatch(/\bmeta\b|\.:|undefined/);
    expect(line).not.toContain('\n');
  }
});
