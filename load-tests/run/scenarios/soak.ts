import type { HttpCaller } from '../../../test/support/http-caller.ts';
import { type Events, metricOf, TENTHS_BETWEEN } from '../../lib/words.ts';
import type { Definition, Finished, Options } from '../toolkit/definition.ts';
import { driftOf } from '../toolkit/drift.ts';
import { sampleGauges } from '../toolkit/gauges.ts';
import { at, whole } from '../toolkit/options.ts';
import { untilNothingIsHeld } from '../toolkit/settle.ts';
import { inParallel } from '../toolkit/in-parallel.ts';

export const soak: Definition = {
  name: 'soak',
  about: 'mixed load of any duration: nothing grows, slows down or stays held',
  options: {
    minutes: whole(2, 'minutes of load: hours of it are what it is for', 10_080),
    rate: whole(40, 'shoppers that arrive per second'),
    skus: whole(200, 'SKUs in the catalog', 10_000),
    'ttl-seconds': whole(15, 'seconds that a cart is kept for', 3_600),
    'warmup-seconds': whole(15, 'seconds of warm-up', 600),
    'grow-mb': whole(32, 'MB that memory may grow by in the second half, or a fifth where that is more', 100_000),
  },
  seconds: (options) => at(options, 'warmup-seconds') + at(options, 'minutes') * 60,
  goods: (options) =>
    Array.from({ length: at(options, 'skus') }, (_, index) => ({
      name: `${index + 1}`,
      units: UNITS,
      unitPrice: { amount: 100 + index, currency: 'EUR' },
    })),
  server: (options) => ({ HOLD_TTL_MS: ttlMs(options), CART_TTL_MS: ttlMs(options) }),
  comparison: { from: 'first', to: ['last'], factor: 5, floorMs: 200, callsMin: 200 },
  during: (running) => {
    const seconds = soak.seconds(running.options);
    return sampleGauges(running, Math.max(1, seconds / SAMPLES), seconds - 1);
  },
  settle: ({ operator, goods, options }) =>
    untilNothingIsHeld(operator, goods, at(options, 'ttl-seconds') + SWEEP_SECONDS),
  async after(finished) {
    const { operator, options, reported, records } = finished;
    const afterWarmup = reported.events
      .of('sample')
      .filter((sample) => sample.at > at(options, 'warmup-seconds') * 1_000);
    const held = [...records.levels.values()].filter(({ reserved }) => reserved > 0);
    noteStore(finished, afterWarmup);
    noteTenths(finished);
    const full = await fullCarts(operator, reported.events.of('abandoned'));
    return [
      frozen(afterWarmup),
      growth(finished, 'heap', afterWarmup, ({ heapBytes }) => heapBytes),
      growth(finished, 'memory', afterWarmup, ({ ownBytes }) => ownBytes),
      held.length === 0 ? null : `units of ${held.length} SKUs are held still, such as ${held[0]?.sku}`,
      full === 0 ? null : `${full} carts that were left behind are not gone`,
    ].filter((problem) => problem !== null);
  },
};

const UNITS = 100_000_000;
const SAMPLES = 500;
/** The delay after the deadline until a hold of an unwanted SKU is ended. */
const SWEEP_SECONDS = 15;
const MB = 1_048_576;
const FIFTH = 0.2;

const ttlMs = (options: Options): string => String(at(options, 'ttl-seconds') * 1_000);

/** Returns the fault in the course of a gauge; null if it has none or is unknown. */
function growth(
  { options, note }: Finished,
  name: string,
  samples: readonly Events['sample'][],
  gauge: (sample: Events['sample']) => number | null,
): string | null {
  const points = samples.map((sample) => ({ at: sample.at, value: gauge(sample) }));
  const known = points.filter((point): point is { at: number; value: number } => point.value !== null);
  if (samples.length > 0 && known.length === 0) {
    note(name, 'unknown on this system');
    return null;
  }
  const drift = driftOf(known);
  if (!drift) return `${name}: too few samples to say how it went`;
  const allowed = Math.max(at(options, 'grow-mb') * MB, FIFTH * drift.level);
  const words = `${mb(drift.rise)} ± ${mb(drift.noise)} MB in the second half, of ${mb(allowed)} allowed, at ${mb(drift.level)}`;
  note(`${name} grew`, words);
  return drift.rise <= allowed ? null : `${name} grew ${words}`;
}

/** Orders and movements are kept, so the store grows. What a record needs must not. */
function noteStore({ note }: Finished, samples: readonly Events['sample'][]): void {
  const known = samples.flatMap(({ storeBytes, records }) => (storeBytes && records ? [{ storeBytes, records }] : []));
  const each = [0, Math.floor(known.length / 2), known.length - 1].flatMap((index) => known[index] ?? []);
  if (each.length === 0) return;
  const words = each.map(({ storeBytes, records }) => `${(storeBytes / records).toFixed(0)} of ${records}`);
  note('store', `bytes per record at the beginning, in the middle, at the end: ${words.join(', ')}`);
}

/** The latency of all tenths, beside that of a call without work, which is subject to the same noise. */
function noteTenths({ metrics, note }: Finished): void {
  const tenths = ['first', ...TENTHS_BETWEEN, 'last'];
  for (const [name, metric] of [
    ['cart.add', metricOf('cart.add')],
    ['noop', 'noop'],
  ] as const) {
    for (const percentile of ['p(50)', 'p(99)'] as const) {
      const values = tenths.map((phase) => metrics(`${metric}{phase:${phase}}`)[percentile] ?? Number.NaN);
      const change = 100 * ((values.at(-1) ?? Number.NaN) / (values[0] ?? Number.NaN) - 1);
      const ms = values.map((value) => value.toFixed(1)).join(' ');
      note(`${name} ${percentile}`, `${ms} ms in the tenths, ${change.toFixed(0)} % from the first to the last`);
    }
  }
}

/** A cached page of `/metrics` would show no growth. */
export function frozen(samples: readonly Events['sample'][]): string | null {
  const isFrozen = samples.length > 1 && new Set(samples.map(({ heapBytes }) => heapBytes)).size === 1;
  return isFrozen ? `all ${samples.length} readings of the heap are the same: /metrics is not the server's own` : null;
}

const mb = (bytes: number): string => (bytes / MB).toFixed(1);

async function fullCarts(operator: HttpCaller, carts: readonly Events['abandoned'][]): Promise<number> {
  let full = 0;
  await inParallel(carts, async ({ sessionId }) => {
    const cart = await operator.as(sessionId).query('cart.get', undefined);
    if (!cart.ok || cart.value.lines.length > 0) full += 1;
  });
  return full;
}
