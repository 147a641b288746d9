import * as fc from 'fast-check';
import { type Engine, memoryEngine } from '../support/engines.ts';
import { type Counter, commandArbitraries, supply } from './commands.ts';
import { openWorld, type World } from './world.ts';

const COMMANDS_A_HISTORY_MAX = 120;

type History = [Iterable<fc.AsyncCommand<Counter, World>>];
export type Verdict = fc.RunDetails<History>;

export interface Played {
  seed: number;
  path?: string;
  endOnFailure?: boolean;
  /** Selects the drawn commands that run. It is needed to replay a shrunk history. */
  replayPath?: string;
  histories?: number;
  /** Called with the numbers of each history that has passed. */
  count?: (counter: Counter) => void;
}

/** Plays random histories against an engine and the memory model, each in its own world. */
export function play(engine: Engine, { histories = 20, count, replayPath, ...parameters }: Played): Promise<Verdict> {
  const commands = fc.commands(commandArbitraries(engine.persistent), {
    maxCommands: COMMANDS_A_HISTORY_MAX,
    size: 'max',
    ...(replayPath === undefined ? {} : { replayPath }),
  });
  const property = fc.asyncProperty(commands, async (history) => {
    const counter: Counter = { commands: 0, operations: 0 };
    await using world = await openWorld(engine, memoryEngine);
    await supply(world);
    await fc.asyncModelRun(() => ({ model: counter, real: world as World }), history);
    count?.(counter);
  });
  return fc.check(property, { numRuns: histories, ...parameters });
}

/** Returns the parameters that replay only the shrunk history of a failure. */
export function replayOf({ seed, counterexamplePath, counterexample }: Verdict): Played {
  const [, replayPath] = /replayPath="([^"]*)"/.exec(String(counterexample?.[0])) ?? [];
  return {
    seed,
    endOnFailure: true,
    ...(counterexamplePath === null ? {} : { path: counterexamplePath }),
    ...(replayPath === undefined ? {} : { replayPath }),
  };
}

export function howToReplay(verdict: Verdict, engine: Engine): string {
  const { seed, path, replayPath } = replayOf(verdict);
  const environment = `HOLDFAST_SEED=${seed} HOLDFAST_PATH=${path} HOLDFAST_REPLAY='${replayPath}'`;
  return `Again: ${environment} npx vitest run test/property/${engine.name}-agrees.test.ts`;
}

/** Returns an error with the command that replays a failure, the shrunk history, and the cause. */
export function failure(verdict: Verdict, engine: Engine): Error {
  const message = `${howToReplay(verdict, engine)}\n${fc.defaultReportMessage(verdict)}`;
  return new Error(message, { cause: verdict.errorInstance });
}
