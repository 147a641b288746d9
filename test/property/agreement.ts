import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Engine } from '../support/engines.ts';
import { failure, play } from './histories.ts';
import { replayable, replayPath } from '../support/seed.ts';

/**
 * The operations that each engine performs in one run of the suite. An operation is a step of a transaction that the
 * engine and the model have decided, or a reclaim.
 */
const OPERATIONS_MIN = 100_000;
/** `HOLDFAST_COMMANDS` sets the number of commands instead. A command has about seven operations. */
const COMMANDS_MIN = Number(process.env['HOLDFAST_COMMANDS'] ?? 0);
const GOAL = COMMANDS_MIN > 0 ? `${COMMANDS_MIN} commands` : `commands with ${OPERATIONS_MIN} operations`;
const TIMEOUT_MS = 900_000 + COMMANDS_MIN * 50;

/** Each engine has its own test file, so that they run in parallel: one waits for the disk while another computes. */
export function agrees(engine: Engine): void {
  describe(`${engine.name} and the memory model`, () => {
    beforeAll(() => engine.start());
    afterAll(() => engine.stop());

    test(`agree after each of ${GOAL}`, { timeout: TIMEOUT_MS }, async () => {
      const { seed, ...replay } = replayable();
      const total = { commands: 0, operations: 0 };
      const isReplay = 'path' in replay;
      const isEnough = () =>
        isReplay || (COMMANDS_MIN > 0 ? total.commands >= COMMANDS_MIN : total.operations >= OPERATIONS_MIN);
      const count = ({ commands, operations }: typeof total) => {
        total.commands += commands;
        total.operations += operations;
      };
      for (let round = seed; round === seed || !isEnough(); round += 1) {
        const verdict = await play(engine, { seed: round, count, ...replay, ...replayPath() });
        if (verdict.failed) throw failure(verdict, engine);
      }
      console.log(`${total.operations} operations in ${total.commands} commands on ${engine.name} and on memory.`);
      console.log(`Again: HOLDFAST_SEED=${seed} npx vitest run test/property/${engine.name}-agrees.test.ts`);
      expect(isEnough()).toBe(true);
    });
  });
}
