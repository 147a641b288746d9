import http from 'k6/http';
import { plan } from './plan.ts';

export interface Update {
  sku: string;
  available: number;
  version: number;
}

/**
 * Returns every update of these SKUs in the next seconds. k6 cannot read a stream, so it disconnects and keeps the
 * body.
 */
export function watch(skus: readonly string[], seconds: number): Update[] {
  const input = encodeURIComponent(JSON.stringify({ json: { skus } }));
  const { body } = http.get(`${plan.url}/trpc/stock.watch?input=${input}`, {
    headers: { accept: 'text/event-stream' },
    timeout: `${seconds}s`,
    tags: { name: 'stock.watch' },
    responseType: 'text',
  });
  return (body ?? '')
    .split('\n')
    .filter((line) => line.startsWith('data: ') && line.includes('"sku"'))
    .map((line) => (JSON.parse(line.slice('data: '.length)) as { json: Update }).json);
}
