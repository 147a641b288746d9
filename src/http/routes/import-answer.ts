import type { ServerResponse } from 'node:http';
import type { ImportProgress, ImportReport } from '../../contract/bulk-types.ts';

/** Lines of progress are no closer than this. */
const PROGRESS_MS = 250;

/** The answer to an import: JSON lines, the last of which is the report, or what ended it instead. */
export class ImportAnswer {
  readonly #outgoing: ServerResponse;
  #lastMs = performance.now();

  constructor(outgoing: ServerResponse) {
    this.#outgoing = outgoing;
  }

  /** Left out where the sender does not read: many send all of the file first, and must not be waited for. */
  progress({ rows, applied, unchanged, problemCount }: ImportProgress): void {
    const now = performance.now();
    if (now - this.#lastMs < PROGRESS_MS || this.#outgoing.writableNeedDrain) return;
    this.#lastMs = now;
    this.#write({ type: 'progress', rows, applied, unchanged, problemCount });
  }

  report(report: ImportReport): void {
    this.#write({ type: 'report', ...report });
    this.#outgoing.end();
  }

  /** `refused` is what `restError` makes of it. */
  error(refused: object): void {
    this.#write({ type: 'error', ...refused });
    this.#outgoing.end();
  }

  #write(line: object): void {
    const { headersSent, destroyed } = this.#outgoing;
    if (destroyed) return;
    if (!headersSent) this.#outgoing.writeHead(200, { 'content-type': 'application/jsonl; charset=utf-8' });
    this.#outgoing.write(`${JSON.stringify(line)}\n`);
  }
}
