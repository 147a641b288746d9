import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { memoryEngine } from '../support/engines.ts';
import { faulty, faults } from './faults.ts';
import { howToReplay, play, replayOf } from './histories.ts';

const TIMEOUT_MS = 120_000;

/** Proves that the comparison finds faults within few histories, shrinks them, and replays them from their seeds. */
describe.each(faults)('a store where $name', (fault) => {
  const engine = faulty(memoryEngine, fault);

  test('is found, shrunk to a few commands, and replayed from the printed seed', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const found = await play(engine, { seed: 1, histories: 200 });
    if (!found.failed) throw new Error('the fault was not found');
    const commands = String(found.counterexample?.[0]);
    expect([...(found.counterexample?.[0] ?? [])].length).toBeLessThanOrEqual(6);
    expect(howToReplay(found, engine)).toContain(`HOLDFAST_SEED=${found.seed}`);

    const again = await play(engine, replayOf(found));
    expect(again.failed).toBe(true);
    expect(String(again.counterexample?.[0])).toBe(commands);
  });
});

test('a correct store passes the same histories', async () => {
  const details = await play(memoryEngine, { seed: 1, histories: 20 });
  expect(fc.defaultReportMessage(details)).toBeUndefined();
});
