import type { Socket } from 'node:net';
import { invalidInput, wireError } from '../../api/wire-errors.ts';
import { wireRow, type WireRefusal } from '../../contract/wire-refusals.ts';

/** Connections whose request is as long as it is: Node would give up on it after the time that other requests have. */
const unhurried = new WeakSet<Socket>();

/** Lets the request under way on a connection take any time to arrive, until it is `over`. */
export function mayTakeItsTime(socket: Socket): { over: () => void } {
  unhurried.add(socket);
  return { over: () => void unhurried.delete(socket) };
}

/**
 * Answers what never became a request: bytes that are no HTTP, headers that are too long or too slow. The connection
 * is of no more use afterwards.
 */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && unhurried.has(socket)) return;
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const refusal = refusalOfParser(error.code);
  const body = JSON.stringify({ error: { json: wireError(refusal, '') } });
  const { httpStatus, code } = wireRow(refusal);
  socket.end(
    `HTTP/1.1 ${httpStatus} ${code}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

function refusalOfParser(code: string | undefined): WireRefusal {
  if (code === 'HPE_HEADER_OVERFLOW') return { reason: 'payload_too_large', meta: {} };
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return invalidInput('', 'the request did not arrive in time');
  return invalidInput('', 'this is not HTTP');
}
