import { Gauge, Registry } from 'prom-client';
import { type Metrics, READY } from './metrics.ts';

type Text = Awaited<ReturnType<Metrics['read']>>;

/** Returns the metrics of several registries in Prometheus's text format, with each name once. */
export async function mergedMetrics(all: readonly Pick<Metrics, 'read'>[]): Promise<Text> {
  const texts = await Promise.all(all.map((metrics) => metrics.read()));
  const merged = new Map<string, string[]>();
  for (const { body } of texts) {
    for (const block of body.split('\n\n')) {
      const [help = '', type = '', ...samples] = block.trimEnd().split('\n');
      const head = `${help}\n${type}`;
      merged.set(head, [...(merged.get(head) ?? []), ...samples]);
    }
  }
  const body = [...merged].map(([head, samples]) => [head, ...samples].join('\n')).join('\n\n');
  return { contentType: texts[0]?.contentType ?? 'text/plain', body: `${body}\n` };
}

/** Returns `holdfast_ready` of shops that could not be opened, and therefore have no other metrics. */
export function unopenedMetrics(shops: readonly string[]): Pick<Metrics, 'read'> {
  const registry = new Registry();
  const ready = new Gauge({ ...READY, labelNames: ['shop'], registers: [registry] });
  for (const shop of shops) ready.set({ shop }, 0);
  return { read: async () => ({ contentType: registry.contentType, body: await registry.metrics() }) };
}
