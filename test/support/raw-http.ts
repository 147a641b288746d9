import { connect } from 'node:net';

const GIVE_UP_MS = 10_000;

export interface RawRequest {
  method?: string;
  target: string;
  /** Default `HTTP/1.1`. */
  version?: string;
  /** Lines as they are sent, including `Host`. */
  headers?: readonly string[];
  body?: string | Uint8Array;
  /** Sent in place of the length of the body. Null: no length is sent. */
  length?: number | string | null;
}

/** The bytes of a request, without any correction. */
export function bytesOf({
  method = 'POST',
  target,
  version = 'HTTP/1.1',
  headers = [],
  body,
  length,
}: RawRequest): Buffer {
  const sent = Buffer.from(body ?? '');
  const declared = length === undefined ? (body === undefined ? null : sent.length) : length;
  const lines = [`${method} ${target} ${version}`, ...headers];
  if (declared !== null) lines.push(`Content-Length: ${declared}`);
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), sent]);
}

/**
 * Sends bytes over a connection of its own. Resolves to all received bytes when the server has closed it. With
 * `thenCut` the client closes the connection as soon as the bytes are sent. Rejects after 10 seconds.
 */
export function exchange(port: number, bytes: Buffer, thenCut = false): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, '127.0.0.1');
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`the connection stays open after ${JSON.stringify(Buffer.concat(chunks).toString('latin1'))}`));
    }, GIVE_UP_MS);
    socket.on('data', (chunk) => chunks.push(chunk));
    // The reason for the close does not matter: the client may still have been sending.
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(Buffer.concat(chunks).toString('latin1'));
    });
    socket.write(bytes, () => thenCut && socket.resetAndDestroy());
  });
}
