/** The log of the services, for operators. A pino logger fits. Never log a session id, a key or contact data. */
export interface Log {
  /** Absent: such lines are not logged. */
  debug?(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export const SILENT: Log = { info: () => {}, warn: () => {}, error: () => {} };

/** Returns a log that adds fields to each line. A line's own fields win. */
export const logWith = (log: Log, added: object): Log => ({
  ...(log.debug && { debug: (fields, message) => log.debug?.({ ...added, ...fields }, message) }),
  info: (fields, message) => log.info({ ...added, ...fields }, message),
  warn: (fields, message) => log.warn({ ...added, ...fields }, message),
  error: (fields, message) => log.error({ ...added, ...fields }, message),
});

/** Logs the beginning and the end of each outage once, however many failures it has. */
export class OutageLog {
  readonly #log: Log;
  readonly #lines: { failed: string; recovered: string };
  readonly #failing = new Set<string>();

  /** `failed` is logged as a warning when an outage begins, `recovered` as information when it ends. */
  constructor(log: Log, lines: { failed: string; recovered: string }) {
    this.#log = log;
    this.#lines = lines;
  }

  /** Whether `subject` has failed and not recovered. */
  isFailing(subject = ''): boolean {
    return this.#failing.has(subject);
  }

  /** Notes whether `subject` fails now, and logs `fields` if that has changed. */
  note(isFailing: boolean, fields: object, subject = ''): void {
    if (isFailing === this.#failing.has(subject)) return;
    if (isFailing) {
      this.#failing.add(subject);
      this.#log.warn(fields, this.#lines.failed);
    } else {
      this.#failing.delete(subject);
      this.#log.info(fields, this.#lines.recovered);
    }
  }

  /** Resolves with the result of `work`, or with null if it fails. Never rejects: the caller tries again later. */
  async attempt<T>(work: () => Promise<T>, fields: object = {}, subject = ''): Promise<T | null> {
    try {
      const result = await work();
      this.note(false, fields, subject);
      return result;
    } catch (error) {
      this.note(true, { err: error, ...fields }, subject);
      return null;
    }
  }
}
