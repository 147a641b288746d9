import type { IncomingMessage } from 'node:http';
import { invalidInput } from '../api/wire-errors.ts';
import { WIRE } from '../contract/calls/wire-refusals.ts';
import type { Handle } from './listener/http-server.ts';
import { trpcErrorBody } from './listener/refusal-answer.ts';

const HOST_REFUSAL = invalidInput('', 'an HTTP/1.1 request has exactly one Host header');
const HOST_STATUS = WIRE[HOST_REFUSAL.reason].httpStatus;

/**
 * Refuses a request without a Host header or with several, as RFC 9112 demands: two servers in a row could use
 * different ones. HTTP/1.0, which simple health checks use, needs none.
 */
export function withOneHost(next: Handle): Handle {
  return (incoming, outgoing, requestId) => {
    const hosts = hostsOf(incoming);
    if (hosts === 1 || (hosts === 0 && incoming.httpVersion === '1.0')) return next(incoming, outgoing, requestId);
    const body = trpcErrorBody(HOST_REFUSAL, '', requestId);
    return outgoing.writeHead(HOST_STATUS, { 'content-type': 'application/json' }).end(body);
  };
}

/** Counts the Host headers in the raw headers (names and values alternate), because Node keeps only the first one. */
function hostsOf({ rawHeaders }: IncomingMessage): number {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') count += 1;
  }
  return count;
}
