import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino';
import type { Config } from './config.ts';

/**
 * JSON lines on standard output, written at once, so that the last words of a dying process are not lost.
 * Session ids, keys and inputs are never logged: what a session did is found under its hash.
 */
export function createLog(level: Config['LOG_LEVEL'], destination?: DestinationStream): Logger {
  const redact = { paths: ['err.idempotencyKey'], remove: true };
  const options = { level, base: { pid: process.pid }, timestamp: stdTimeFunctions.isoTime, redact };
  return destination ? pino(options, destination) : pino(options);
}

const QUIET_MS = 1_000;

/**
 * Lets one line a second through for each kind, and says with it how many were left out: an outage meets thousands of
 * calls a second, and all of them have the same to tell.
 */
export function throttle(write: (kind: string, fields: object) => void, clock: () => number = () => performance.now()) {
  const kinds = new Map<string, { since: number; leftOut: number }>();
  return (kind: string, fields: object): void => {
    const now = clock();
    const state = kinds.get(kind);
    if (state && now - state.since < QUIET_MS) {
      state.leftOut += 1;
      return;
    }
    kinds.set(kind, { since: now, leftOut: 0 });
    write(kind, state?.leftOut ? { ...fields, leftOut: state.leftOut } : fields);
  };
}
