import type { Log } from '../../transact/log.ts';
import { descriptorLimit } from '../../health/descriptor-watch.ts';

/** File descriptors that are reserved for the store, webhooks, backups and the log. */
const DESCRIPTORS_RESERVED = 128;
/** An episode of dropped connections ends when none was dropped for this long. */
const EPISODE_QUIET_MS = 30_000;
const DROP_CHECK_MS = 1_000;

/**
 * Returns how many connections the server accepts: `wanted`, or fewer if there are not enough file descriptors. A
 * connection beyond the bound is closed and counted. Without a bound, the system would close it uncounted when
 * descriptors run out.
 */
export function connectionsMax(wanted: number, log: Log, limit: number | null = descriptorLimit()): number {
  const possible = limit === null ? wanted : Math.max(1, limit - DESCRIPTORS_RESERVED);
  if (wanted <= possible) return wanted;
  const line = `MAX_CONNECTIONS is ${wanted}, and the limit of file descriptors allows only ${possible}: raise it (ulimit -n, LimitNOFILE)`;
  log.warn({ maxConnections: possible, limit }, line);
  return possible;
}

/** Counts the connections that are closed because the server has reached its maximum. Warns once in each episode. */
export class DropWatch {
  dropped = 0;
  readonly #log: Log;
  readonly #quietMs: number;
  #timer: NodeJS.Timeout | undefined;
  #droppedBefore: number | null = null;
  #lastAt = 0;

  constructor(log: Log, quietMs: number = EPISODE_QUIET_MS) {
    this.#log = log;
    this.#quietMs = quietMs;
  }

  start(): void {
    this.#timer = setInterval(() => this.check(), DROP_CHECK_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  readonly note = (): void => {
    this.#lastAt = performance.now();
    if (this.#droppedBefore === null) {
      this.#droppedBefore = this.dropped;
      this.#log.warn(
        {},
        'new connections are closed: the server has as many as MAX_CONNECTIONS or its descriptors allow',
      );
    }
    this.dropped += 1;
  };

  check(): void {
    if (this.#droppedBefore === null || performance.now() - this.#lastAt < this.#quietMs) return;
    this.#log.info({ dropped: this.dropped - this.#droppedBefore }, 'new connections are accepted again');
    this.#droppedBefore = null;
  }
}
