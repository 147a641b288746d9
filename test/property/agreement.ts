import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Engine } from '../support/engines.ts';
import { failure, play } from './histories.ts';
import { replayable, replayPath } from '../support/seed.ts';

/** The number of commands that each engine performs in one run of the suite. */
const COMMANDS_MIN = Number(process.env['HOLDFAST_COMMANDS'] ?? 10_000);
const TIMEOUT_MS = 600_000;

/** Each engine has its own test file, so that they run in parallel: one waits for the disk while another computes. */
export function agrees(engine: Engine): void {
  describe(`${engine.name} and the memory model`, () => {
    beforeAll(() => engine.start());
    afterAll(() => engine.stop());

    test(`agree after each of ${COMMANDS_MIN} commands`, { timeout: TIMEOUT_MS }, async () => {
      const { seed, ...replay } = replayable();
      let commands = 0;
      const count = (units: number) => {
        commands += units;
      };
      const enough = () => commands >= COMMANDS_MIN || replay.path !== undefined;
      for (let round = seed; round === seed || !enough(); round += 1) {
        const verdict = await play(engine, { seed: round, count, ...replay, ...replayPath() });
        if (verdict.failed) throw failure(verdict, engine);
      }
      expect(enough()).toBe(true);
    });
  });
}
