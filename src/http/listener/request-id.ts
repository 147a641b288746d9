import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { REQUEST_ID_PATTERN } from '../../contract/calls/call.ts';

export const REQUEST_ID_HEADER = 'x-request-id';

/** Distinguishes ids of different processes. Random bytes for each request would cost more than the rest of the id. */
const PROCESS_ID = randomBytes(9).toString('base64url');
let requestsCounted = 0;

/** Returns a new id, `req_` and at most 24 further characters. */
export function newRequestId(): string {
  requestsCounted += 1;
  return `req_${PROCESS_ID}.${requestsCounted.toString(36)}`;
}

/** Returns the client's id for the request if it is valid, and a new one otherwise. */
export function requestIdOf({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const given = headers[REQUEST_ID_HEADER];
  return typeof given === 'string' && REQUEST_ID_PATTERN.test(given) ? given : newRequestId();
}
