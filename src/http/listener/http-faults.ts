import type { Socket } from 'node:net';
import { invalidInput } from '../../api/wire-errors.ts';
import { refusalHeaders, wireRow, type WireRefusal } from '../../contract/calls/wire-refusals.ts';
import { trpcErrorBody } from './refusal-answer.ts';
import { newRequestId, REQUEST_ID_HEADER } from './request-id.ts';

/** Connections whose current request has no time limit. Node's own timeout applies to every request. */
const unhurried = new WeakSet<Socket>();
const RETRY_STALLED_MS = 500;

/** Exempts the current request of a connection from the request timeout, until `over` is called. */
export function exemptFromTimeout(socket: Socket): { over: () => void } {
  unhurried.add(socket);
  return { over: () => void unhurried.delete(socket) };
}

/**
 * Answers bytes that did not become a request: they are not HTTP, or the headers are too long or too slow. Then the
 * connection is closed. `hasStalled`: this process was stalled, so a request may be late because of it.
 */
export function answerClientError(
  error: NodeJS.ErrnoException,
  socket: Socket,
  { hasStalled }: { hasStalled: boolean },
): void {
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && unhurried.has(socket)) return;
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const refusal = refusalOfParser(error.code, hasStalled);
  const requestId = newRequestId();
  const body = trpcErrorBody(refusal, '', requestId);
  const { httpStatus, code } = wireRow(refusal);
  const headers = { 'content-type': 'application/json', [REQUEST_ID_HEADER]: requestId, ...refusalHeaders([refusal]) };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(
    `HTTP/1.1 ${httpStatus} ${code}\r\n${lines.join('')}` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

function refusalOfParser(code: string | undefined, hasStalled: boolean): WireRefusal {
  if (code === 'HPE_HEADER_OVERFLOW') return { reason: 'payload_too_large', meta: {} };
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT' && hasStalled)
    return { reason: 'overloaded', meta: { retryAfterMs: RETRY_STALLED_MS } };
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return invalidInput('', 'the request did not arrive in time');
  return invalidInput('', 'this is not HTTP');
}
