import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { storeEngines, memoryEngine } from '../support/engines.ts';
import { play } from '../support/play.ts';
import { START } from '../support/transactions.ts';
import { tables } from './cases/all-cases.ts';

describe.each(storeEngines)('$name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  describe.each(Object.entries(tables))('%s', (_topic, cases) => {
    test.each(cases)('$name', { timeout: 120_000 }, async (only) => {
      const clock = { now: START };
      await using opened = await engine.open(clock);
      await using modelled = await memoryEngine.open(clock);
      const rows = await play({ store: opened.store, model: modelled.store, clock }, only);
      expect(rows).toBe(only.rows.length);
    });
  });
});
