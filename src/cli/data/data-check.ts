import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const CHILD = join(import.meta.dirname, 'check-child.js');

/** The result of a check of a data directory. The optional fields are present if there are no problems. */
export interface Checked {
  /** The problems, one sentence each. Empty if the data is sound. */
  problems: string[];
  skus?: number;
  liveHolds?: number;
  sequence?: number;
  epoch?: number;
}

/**
 * Reads, decodes and audits a data directory in a child process, and closes it normally. `takeOver` accepts a copy and
 * begins a new epoch. A crash of the child is reported as a problem.
 */
export async function checkData(
  dir: string,
  shop: string,
  { takeOver = false }: { takeOver?: boolean } = {},
): Promise<Checked> {
  const child = spawn(process.execPath, [CHILD, dir, shop, takeOver ? 'take-over' : ''], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  const output = await text(child.stdout);
  const [code, signal] = await closed;
  if (code === 0 && output !== '') return JSON.parse(output) as Checked;
  return { problems: [`reading ${dir} ended the process that read it (${signal ?? `exit code ${code}`})`] };
}
