import { randomBytes } from 'node:crypto';
import { percentile } from '../core/ratio.ts';
import { Connection } from './connection.ts';
import type { LoadAnswer, LoadOrder, LoadResult } from './load-order.ts';

// Sessions of different processes are different.
const run = randomBytes(6).toString('hex');
let sessions = 0;

/** Each request is from another shopper. A server ignores the client key unless it trusts its sender. */
function requestText({ path, body, skus }: LoadOrder): string {
  sessions += 1;
  const sku = skus[Math.floor(Math.random() * skus.length)];
  const content = `${body.before}"sku":"${sku}","quantity":1${body.after}`;
  const shopper = `x-session-id: ${run}-${sessions}\r\nx-client-key: ${run}-${sessions}`;
  const headers = `host: localhost\r\ncontent-type: application/json\r\n${shopper}`;
  return `POST ${path} HTTP/1.1\r\n${headers}\r\ncontent-length: ${content.length}\r\n\r\n${content}`;
}

async function load(order: LoadOrder): Promise<LoadResult> {
  const { ports, connections: count, ms } = order;
  const connections = await Promise.all(
    Array.from({ length: count }, (_, index) => Connection.open(ports[index % ports.length] ?? 0)),
  );
  const latencies: number[] = [];
  const cpu = process.cpuUsage();
  const start = performance.now();
  const until = start + ms;
  const loop = async (connection: Connection): Promise<void> => {
    for (let sentAt = performance.now(); sentAt < until; ) {
      await connection.request(requestText(order));
      const now = performance.now();
      latencies.push(now - sentAt);
      sentAt = now;
    }
  };
  try {
    await Promise.all(connections.map(loop));
    const seconds = (performance.now() - start) / 1_000;
    const { user, system } = process.cpuUsage(cpu);
    return {
      requests: latencies.length,
      seconds,
      p50Ms: percentile(latencies, 0.5),
      p99Ms: percentile(latencies, 0.99),
      generatorCpuShare: (user + system) / 1e6 / seconds,
    };
  } finally {
    for (const connection of connections) connection.close();
  }
}

process.on('message', (order: LoadOrder) => {
  void load(order)
    .then((result): LoadAnswer => ({ result }))
    .catch((error: unknown): LoadAnswer => ({ error: error instanceof Error ? error.message : String(error) }))
    .then((answer) => process.send?.(answer));
});
process.once('disconnect', () => process.exit());
