import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import type { HealthListener, HealthReport } from './health-thread.ts';

const { host, port, stallMs } = workerData as HealthListener;
/** The times of the main thread's last message and last report, by this thread's clock. */
let beatAt = performance.now();
let reportedAt = beatAt;
let lastReport: HealthReport = { ready: false, details: { reason: 'starting' } };

parentPort?.on('message', (message: HealthReport | 'beat') => {
  beatAt = performance.now();
  if (message === 'beat') return;
  reportedAt = beatAt;
  lastReport = message;
});

function respond(outgoing: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  outgoing.writeHead(status, {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    'content-length': Buffer.byteLength(text),
  });
  outgoing.end(text);
}

function answerLive(outgoing: ServerResponse): void {
  const silentMs = Math.round(performance.now() - beatAt);
  const isLive = silentMs < stallMs;
  respond(outgoing, isLive ? 200 : 503, { status: isLive ? 'live' : 'stalled', silentMs });
}

function answerReady(outgoing: ServerResponse): void {
  const ageMs = Math.round(performance.now() - reportedAt);
  const isReady = lastReport.ready && ageMs < stallMs;
  respond(outgoing, isReady ? 200 : 503, { status: isReady ? 'ready' : 'unavailable', ageMs, ...lastReport.details });
}

const server = createServer((incoming, outgoing) => {
  const [path] = (incoming.url ?? '').split('?', 1);
  if (incoming.method !== 'GET' && incoming.method !== 'HEAD') respond(outgoing, 405, { status: 'method_not_allowed' });
  else if (path === '/health/live') answerLive(outgoing);
  else if (path === '/health/ready') answerReady(outgoing);
  else respond(outgoing, 404, { status: 'not_found' });
});
server.listen({ host, port }, () => parentPort?.postMessage((server.address() as AddressInfo).port));
