import type { Log } from '../../src/transact/log.ts';

/** A log that keeps its lines, each with its level in front. */
export function listeningLog(): { log: Log; lines: string[] } {
  const lines: string[] = [];
  const note = (level: string) => (_: unknown, line: string) => void lines.push(`${level}: ${line}`);
  return { lines, log: { info: note('info'), warn: note('warn'), error: note('error') } };
}
