import http from 'k6/http';
import { plan } from './plan.ts';

export interface Update {
  sku: string;
  available: number;
  version: number;
}

/** Every update of these SKUs in so many seconds from now. k6 cannot read a stream: it hangs up, and keeps what came. */
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
