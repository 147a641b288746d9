import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { cpus, loadavg, platform, release, tmpdir, totalmem } from 'node:os';
import { promisify } from 'node:util';
import { redisBenchmarkBinary } from '../support/redis-benchmark.ts';
import { redisBinary } from '../../test/support/redis-binary.ts';

const run = promisify(execFile);
const DEBIAN_POSTGRES = '/usr/lib/postgresql';

/** The machine of the measurement. */
export async function machine(): Promise<Record<string, string | number>> {
  const processors = cpus();
  return {
    cpu: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()}`,
    filesystem: await filesystem(),
    loadAtStart: Number((loadavg()[0] ?? 0).toFixed(2)),
    measuredAt: new Date().toISOString(),
  };
}

/** The directory of the stores' files: an fsync in memory would cost nothing. */
async function filesystem(): Promise<string> {
  const line = await firstLine('stat', ['-f', '-c', '%T', tmpdir()]);
  return line ?? 'unknown';
}

/** The versions of all programs that took part and are installed. */
export async function versions(): Promise<Record<string, string>> {
  const found = {
    node: process.version,
    redis: await firstLine(redisBinary(), ['--version']),
    'redis-benchmark': await firstLine(redisBenchmarkBinary(), ['--version']),
    postgres: await postgres(),
  };
  return Object.fromEntries(
    Object.entries(found).flatMap(([name, version]) => (version === null ? [] : [[name, version]])),
  );
}

async function postgres(): Promise<string | null> {
  // Debian keeps its programs off the PATH, in a directory for each version.
  const debian = await readdir(DEBIAN_POSTGRES).catch(() => []);
  const candidates = [
    'postgres',
    ...debian.toReversed().map((version) => `${DEBIAN_POSTGRES}/${version}/bin/postgres`),
  ];
  for (const candidate of candidates) {
    const line = await firstLine(candidate, ['--version']);
    if (line !== null) return line;
  }
  return null;
}

async function firstLine(command: string, args: string[]): Promise<string | null> {
  try {
    const { stdout } = await run(command, args, { timeout: 5_000 });
    return stdout.split('\n')[0]?.trim() ?? null;
  } catch {
    return null;
  }
}
