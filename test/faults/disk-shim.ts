import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SOURCE = join(import.meta.dirname, 'disk-shim.c');
/** A test's timeout cannot end a call that blocks its process. */
const COMPILE_MS_MAX = 60_000;

export interface DiskShim extends Disposable {
  /** The environment of a process that records its writes to files whose path ends with `dataFile`. */
  environment(options: { dataFile: string; logFile: string; faultFile: string }): Record<string, string>;
}

/** Compiles the library that records writes and fails flushes. Needs a C compiler (`cc`) and Linux. */
export function compileDiskShim(): DiskShim {
  const dir = mkdtempSync(join(tmpdir(), 'hf-shim-'));
  const library = join(dir, 'disk-shim.so');
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, SOURCE, '-ldl', '-lpthread'], {
    stdio: 'pipe',
    timeout: COMPILE_MS_MAX,
  });
  return {
    environment: ({ dataFile, logFile, faultFile }) => ({
      LD_PRELOAD: library,
      HOLDFAST_DISK_FILE: dataFile,
      HOLDFAST_DISK_LOG: logFile,
      HOLDFAST_DISK_FAULT: faultFile,
    }),
    [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }),
  };
}
