import { execFileSync } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from './temp-dir.ts';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

const SOURCE = join(import.meta.dirname, 'clock-shim.c');
/** A test's timeout cannot end a call that blocks its process. */
const COMPILE_MS_MAX = 60_000;
const NS_PER_MS = 1_000_000n;

/** The wall clock of the processes that are started with `env`. Their monotonic clocks are unchanged. */
export interface ShiftedClock extends AsyncDisposable {
  readonly env: Record<string, string>;
  /** From now on their wall clock differs from the real one by this. */
  shift(ms: number): void;
}

/** Compiles the library that shifts a clock. Needs a C compiler (`cc`) and Linux. */
export async function shiftedClock(): Promise<ShiftedClock> {
  const dir = await tempDir();
  const [library, path] = [join(dir.path, 'clock-shim.so'), join(dir.path, 'shift')];
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, SOURCE], { stdio: 'pipe', timeout: COMPILE_MS_MAX });
  const file = openSync(path, 'w');
  const shift = (ms: number): void => {
    writeSync(file, new BigInt64Array([BigInt(ms) * NS_PER_MS]), 0, 8, 0);
  };
  shift(0);
  return {
    env: { LD_PRELOAD: library, HOLDFAST_CLOCK_FILE: path },
    shift,
    async [Symbol.asyncDispose]() {
      closeSync(file);
      await dir[Symbol.asyncDispose]();
    },
  };
}
