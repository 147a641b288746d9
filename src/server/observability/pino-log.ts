import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino';
import type { Config } from '../settings/config.ts';

/**
 * Returns a log of JSON lines on standard output. Writes are synchronous, so that the last lines of a crash are not
 * lost. Removes the idempotency key from a logged error. Callers must not log session ids, other keys or inputs.
 */
export function createLog(level: Config['LOG_LEVEL'], destination?: DestinationStream): Logger {
  const redact = { paths: ['err.idempotencyKey'], remove: true };
  const options = { level, base: { pid: process.pid }, timestamp: stdTimeFunctions.isoTime, redact };
  return destination ? pino(options, destination) : pino(options);
}
