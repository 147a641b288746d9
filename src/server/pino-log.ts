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
