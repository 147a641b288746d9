import type { IncomingMessage } from 'node:http';
import { invalidInput, wireError } from '../api/wire-errors.ts';
import { WIRE } from '../contract/wire-refusals.ts';
import type { Handle } from './listener/http-server.ts';

const REFUSAL = invalidInput('', 'an HTTP/1.1 request has exactly one Host header');
const STATUS = WIRE[REFUSAL.reason].httpStatus;
const BODY = JSON.stringify({ error: { json: wireError(REFUSAL, '') } });

/**
 * Refuses a request without a Host header or with several, as RFC 9112 demands: two servers in a row could take different
 * ones. HTTP/1.0, which simple health checks speak, needs none.
 */
export function withOneHost(next: Handle): Handle {
  return (incoming, outgoing, requestId) => {
    const hosts = hostsOf(incoming);
    if (hosts === 1 || (hosts === 0 && incoming.httpVersion === '1.0')) return next(incoming, outgoing, requestId);
    return outgoing.writeHead(STATUS, { 'content-type': 'application/json' }).end(BODY);
  };
}

/** Node keeps the first of several, so they are counted in what was sent: names and values in turns. */
function hostsOf({ rawHeaders }: IncomingMessage): number {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') count += 1;
  }
  return count;
}
