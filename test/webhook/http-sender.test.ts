import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { createHttpSender } from '../../src/adapters/http-sender.ts';
import { collectGarbage } from '../support/garbage.ts';
import { poll } from '../support/poll.ts';
import { type Reply, WebhookReceiver } from '../support/webhook-receiver.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const OTHER = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
const NEVER = new AbortController().signal;
const NOW = Date.parse('2026-01-01T00:00:00Z');
const failed = (status: string, retryAfterMs: number | null = null) => ({ outcome: 'failed', status, retryAfterMs });

const ANSWERS: [string, Reply, unknown][] = [
  ['200', (_, response) => response.end('ok'), { outcome: 'delivered', status: '200' }],
  ['204', (_, response) => response.writeHead(204).end(), { outcome: 'delivered', status: '204' }],
  ['500', (_, response) => response.writeHead(500).end('no'), failed('500')],
  ['404', (_, response) => response.writeHead(404).end(), failed('404')],
  ['410', (_, response) => response.writeHead(410).end(), { outcome: 'gone', status: '410' }],
  ['429 with seconds', (_, response) => response.writeHead(429, { 'retry-after': '7' }).end(), failed('429', 7_000)],
  [
    '429 with ten digits of seconds',
    (_, response) => response.writeHead(429, { 'retry-after': '9999999999' }).end(),
    failed('429', 9_999_999_999_000),
  ],
  [
    '429 with hundreds of digits of seconds',
    (_, response) => response.writeHead(429, { 'retry-after': '9'.repeat(400) }).end(),
    failed('429', Infinity),
  ],
  ['503 with nonsense', (_, response) => response.writeHead(503, { 'retry-after': 'soon' }).end(), failed('503')],
  ['a broken connection', (_, response) => response.destroy(), failed('ECONNRESET')],
  [
    'an endless answer',
    (_, response) => void response.writeHead(200).write('x'),
    { outcome: 'delivered', status: '200' },
  ],
  ['no answer', () => undefined, failed('timeout')],
  [
    'endless headers',
    (_, response) => response.writeHead(200, { 'x-long': 'x'.repeat(100_000) }).end(),
    failed('HPE_HEADER_OVERFLOW'),
  ],
];

test.each(ANSWERS)('classifies %s', async (_name, reply, expected) => {
  await using receiver = await WebhookReceiver.open();
  receiver.secret = SECRET;
  receiver.reply = reply;
  const sender = createHttpSender({ allowPrivate: true, timeoutMs: 500 });
  const { url } = receiver;
  expect(await sender.deliver({ url, id: 'evt_1', body: '{"a":"ü"}', secrets: [OTHER, SECRET] }, NEVER)).toEqual(
    expected,
  );
  expect(receiver.ids).toEqual(['evt_1']);
  expect(receiver.received[0]?.payload).toEqual({ a: 'ü' });
});

test('counts a Retry-After date from now', async () => {
  await using receiver = await WebhookReceiver.open();
  // The receiver also checks the time, and would refuse a message of that day.
  receiver.secret = OTHER;
  const sender = createHttpSender({ allowPrivate: true, now: () => NOW });
  const { url } = receiver;
  expect(await sender.deliver({ url, id: 'e', body: '{}', secrets: [OTHER] }, NEVER)).toEqual(failed('401'));
  const late = new Date(Date.now() + 60_000).toUTCString();
  receiver.reply = (_, response) => response.writeHead(503, { 'retry-after': late }).end();
  const delivered = await createHttpSender({ allowPrivate: true }).deliver(
    { url, id: 'e', body: '{}', secrets: [OTHER] },
    NEVER,
  );
  expect(delivered).toMatchObject({ outcome: 'failed', status: '503' });
  expect('retryAfterMs' in delivered && delivered.retryAfterMs).toBeGreaterThan(55_000);
});

test('treats a redirect as a failure and does not follow it', async () => {
  await using trap = await WebhookReceiver.open();
  await using receiver = await WebhookReceiver.open();
  receiver.secret = trap.secret = SECRET;
  receiver.reply = (_, response) => response.writeHead(307, { location: trap.url }).end();
  const sender = createHttpSender({ allowPrivate: true });
  expect(await sender.deliver({ url: receiver.url, id: 'e', body: '{}', secrets: [SECRET] }, NEVER)).toEqual(
    failed('307'),
  );
  expect([trap.received, trap.forged]).toEqual([[], []]);
});

test('does not read an endless response to its end', async () => {
  await using receiver = await WebhookReceiver.open();
  receiver.secret = SECRET;
  let sent = 0;
  receiver.reply = (_, response) => {
    const more = (): void => {
      while (!response.destroyed && sent < 1e9 && response.write(Buffer.alloc(65_536))) sent += 65_536;
    };
    response.on('drain', more).on('error', () => undefined);
    more();
  };
  const sender = createHttpSender({ allowPrivate: true });
  const delivered = await sender.deliver({ url: receiver.url, id: 'e', body: '{}', secrets: [SECRET] }, NEVER);
  expect(delivered).toEqual({ outcome: 'delivered', status: '200' });
  expect(sent).toBeLessThan(20_000_000);
});

test('closes the connection of an endless response even if nothing refers to the attempt', async () => {
  await using receiver = await WebhookReceiver.open();
  receiver.secret = SECRET;
  let closed = 0;
  receiver.reply = (_, response) => {
    response.writeHead(200).write('x');
    const drip = setInterval(() => response.write('x'), 100);
    response.once('close', () => {
      clearInterval(drip);
      closed += 1;
    });
  };
  const sender = createHttpSender({ allowPrivate: true });
  const { url } = receiver;
  for (let sent = 0; sent < 20; sent += 1) {
    await sender.deliver({ url, id: `evt_${sent}`, body: '{}', secrets: [SECRET] }, NEVER);
  }
  collectGarbage();
  await poll(() => closed === 20);
  expect(receiver.ids).toHaveLength(20);
});

test('treats a closed port and a peer without HTTP as failures', async () => {
  const server = createServer((socket) =>
    socket
      .on('error', () => undefined)
      .resume()
      .end('SSH-2.0-OpenSSH\r\n'),
  );
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const sender = createHttpSender({ allowPrivate: true });
  const send = () =>
    sender.deliver({ url: `http://127.0.0.1:${port}/`, id: 'e', body: '{}', secrets: [SECRET] }, NEVER);
  expect(await send()).toEqual(failed('HPE_INVALID_CONSTANT'));
  await new Promise((resolve) => server.close(resolve));
  expect(await send()).toEqual(failed('ECONNREFUSED'));
});

test('ends an attempt at once when the signal aborts', async () => {
  await using receiver = await WebhookReceiver.open();
  receiver.secret = SECRET;
  const stopping = new AbortController();
  receiver.reply = () => stopping.abort();
  const sender = createHttpSender({ allowPrivate: true });
  const { url } = receiver;
  expect(await sender.deliver({ url, id: 'e', body: '{}', secrets: [SECRET] }, stopping.signal)).toEqual({
    outcome: 'aborted',
  });
  expect(await sender.deliver({ url, id: 'e', body: '{}', secrets: [SECRET] }, stopping.signal)).toEqual({
    outcome: 'aborted',
  });
  expect(receiver.received.length).toBe(1);
});
