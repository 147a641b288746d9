import type { ServerResponse } from 'node:http';
import type { ImportReport } from '../../contract/stock-outputs.ts';
import type { ImportProgress } from '../../shop/bulk/bulk-api.ts';

/** The least time between two lines of progress. */
const PROGRESS_MS = 250;

/** The answer to an import: JSON lines. The last one is the report or an error. */
export class ImportAnswer {
  readonly #outgoing: ServerResponse;
  #lastMs = performance.now();

  constructor(outgoing: ServerResponse) {
    this.#outgoing = outgoing;
  }

  /**
   * Skips the line if the client is not reading. Many clients send the whole file first, and the import must not wait.
   */
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

  /** `refused` comes from `restError`. */
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
