import { execFile } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Report } from '../../load-tests/run/report.ts';
import { redisBinary } from './redis-binary.ts';
import { tempDir } from './temp-dir.ts';

const ROOT = join(import.meta.dirname, '../..');
const run = promisify(execFile);

export interface LoadRun {
  code: number;
  stdout: string;
  stderr: string;
  /** Null where the run ended without one. */
  report: Report | null;
  /** Of the report by k6's dashboard. */
  htmlBytes: number;
}

/** Runs `npm run load -- ARGS`, with the reports in a directory of its own. */
export async function runLoad(...args: string[]): Promise<LoadRun> {
  await using dir = await tempDir();
  const env = { ...process.env, HOLDFAST_REDIS_SERVER: redisBinary(), HOLDFAST_LOAD_REPORTS: dir.path };
  const ended = await run(join(ROOT, 'scripts/load'), args, { cwd: ROOT, env }).then(
    (output) => ({ code: 0, ...output }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ code, stdout, stderr }),
  );
  const files = await readdir(dir.path);
  const [json, html] = ['.json', '.html'].map((suffix) => files.find((file) => file.endsWith(suffix)));
  return {
    ...ended,
    report: json ? (JSON.parse(await readFile(join(dir.path, json), 'utf8')) as Report) : null,
    htmlBytes: html ? (await stat(join(dir.path, html))).size : 0,
  };
}
