import type { IncomingMessage } from 'node:http';
import type { CallSource, ObservedCall } from '../../api/callers/context.ts';
import type { Reason } from '../../contract/calls/wire-refusals.ts';
import type { Log } from '../../transact/log.ts';
import { loggedPath } from './logged-path.ts';

const LOG_WINDOW_MS = 1_000;
/** The lines of each reason in a second. In a sale or an attack, thousands of calls a second are refused. */
const REASON_LINES_MAX = 5;
const LOGGED_PATH_CHARS_MAX = 128;

export interface CallLogOptions {
  log: Log;
  /** A call that takes at least this long is logged; 0: none is. */
  slowMs: number;
  clientOf: (incoming: IncomingMessage) => string | undefined;
}

/** The lines of one reason in the current second. */
interface Window {
  lines: number;
  leftOut: number;
}

/**
 * Logs each refused and each slow call at info level, up to a number of lines a second for each reason. The further
 * ones are counted in one line at the end of the second. Sessions and clients are in the lines as their hashes.
 */
export class CallLog {
  readonly #options: CallLogOptions;
  readonly #windows = new Map<string, Window>();
  #timer: NodeJS.Timeout | null = null;

  constructor(options: CallLogOptions) {
    this.#options = options;
  }

  /** Notes a call of a procedure. */
  readonly note = ({ path, outcome, ms, from }: ObservedCall): void => {
    const { log, slowMs } = this.#options;
    const isSlow = slowMs > 0 && ms >= slowMs;
    if (outcome === 'ok' && !isSlow) return;
    if (!this.#mayWrite(outcome === 'ok' ? 'slow' : outcome)) return;
    const fields = { procedure: path, ...(outcome !== 'ok' && { reason: outcome }), ms: Math.round(ms) };
    log.info({ ...fields, ...sourceFields(from) }, outcome === 'ok' ? 'a slow call' : 'a refused call');
  };

  /** Notes a request that was refused before its call began, because of the load, of a limit or of its shop. */
  readonly noteShed = (incoming: IncomingMessage, requestId: string, reason: Reason, shop?: string): void => {
    if (!this.#mayWrite(reason)) return;
    const { log, clientOf } = this.#options;
    const path = loggedPath(incoming.url ?? '').slice(0, LOGGED_PATH_CHARS_MAX);
    const fields = { path, reason, ...(shop !== undefined && { shop }) };
    log.info({ ...fields, ...sourceFields({ requestId, client: clientOf(incoming) }) }, 'a refused request');
  };

  close(): void {
    clearTimeout(this.#timer ?? undefined);
    this.#endSecond();
  }

  #mayWrite(reason: string): boolean {
    const window = this.#windows.get(reason);
    if (window && window.lines >= REASON_LINES_MAX) {
      window.leftOut += 1;
      return false;
    }
    if (window) window.lines += 1;
    else this.#windows.set(reason, { lines: 1, leftOut: 0 });
    this.#timer ??= setTimeout(() => this.#endSecond(), LOG_WINDOW_MS).unref();
    return true;
  }

  #endSecond(): void {
    this.#timer = null;
    for (const [reason, { leftOut }] of this.#windows) {
      if (leftOut > 0) this.#options.log.info({ reason, leftOut }, 'further calls of this kind in the last second');
    }
    this.#windows.clear();
  }
}

const sourceFields = ({ requestId, session, client }: CallSource): object => ({
  requestId,
  ...(session && { session: session.hash }),
  ...(client !== undefined && { client }),
});
