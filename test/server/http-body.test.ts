import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect, test } from 'vitest';
import { BODY_BYTES_MAX, readBody, readText } from '../../src/http/listener/http-body.ts';

/** Sends the bytes, cuts the connection if `thenCut`, and returns what was read, twice. */
async function read(bytes: string, thenCut = false) {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const arrived = once(server, 'request') as Promise<[IncomingMessage]>;
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  try {
    socket.write(bytes, 'latin1');
    const [incoming] = await arrived;
    const problem = readBody(incoming);
    if (thenCut) socket.destroy();
    return { problem: await problem, again: await readBody(incoming), text: readText(incoming) };
  } finally {
    socket.destroy();
    server.close();
  }
}

const post = (body: string, length = body.length): string =>
  `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n${body}`;
const chunked = (body: string): string =>
  `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;

test('reads a body once and keeps it', async () => {
  expect(await read(post('{"a":1}'))).toEqual({ problem: null, again: null, text: '{"a":1}' });
  expect(await read(chunked('x'.repeat(BODY_BYTES_MAX)))).toMatchObject({ problem: null, again: null });
});

test.each([
  ['cut_off', post('half', 8), true],
  ['not_utf8', post('\xff'), false],
  ['too_large', post('x'.repeat(BODY_BYTES_MAX + 1)), false],
  ['too_large', chunked('x'.repeat(BODY_BYTES_MAX + 1)), false],
])('reports the problem %s', async (problem, bytes, thenCut) => {
  expect(await read(bytes, thenCut)).toEqual({ problem, again: problem, text: '' });
});
