import { flood as floodOnce } from '../../../test/support/pipelining.ts';
import type { Definition, Metrics } from '../toolkit/definition.ts';
import { at, whole } from '../toolkit/options.ts';

export const flood: Definition = {
  name: 'flood',
  about: 'one connection sends calls at full speed: others are not refused, and hardly served later',
  options: {
    rate: whole(20, 'honest shoppers that arrive per second'),
    seconds: whole(15, 'seconds of the flood', 600),
    'idle-seconds': whole(15, 'seconds without it, before', 600),
  },
  // The bound of production: a call that would wait longer is refused.
  server: () => ({ WAIT_MAX_MS: '1000' }),
  seconds: (options) => WARMUP_SECONDS + at(options, 'idle-seconds') + at(options, 'seconds'),
  goods: () => [
    { name: 'wanted', units: UNITS, unitPrice },
    { name: 'other', units: UNITS, unitPrice },
  ],
  async during({ options, url, sku, sleep, nextEvent, note }) {
    await nextEvent('begun', () => true);
    await sleep(WARMUP_SECONDS + at(options, 'idle-seconds') + HEAD_START_SECONDS);
    const stop = new AbortController();
    const flooding = floodOnce(url, sku('wanted'), stop.signal);
    await sleep(at(options, 'seconds') - 2 * HEAD_START_SECONDS).finally(() => stop.abort());
    const statuses = await flooding;
    const refused = statuses.filter((status) => status === REFUSED).length;
    note('calls of the flooder', `${statuses.length}, of which ${refused} were refused`);
    if (statuses.length < LEAST_CALLS) throw new Error(`the flooder had only ${statuses.length} answers`);
  },
  after({ metrics, note, tooSlow }) {
    for (const metric of ['cart_add', 'checkout_place']) {
      const [idle, flooded] = [p99(metrics, metric, 'idle'), p99(metrics, metric, 'flood')];
      note(`${metric}, p99`, `${flooded.toFixed(0)} ms, ${idle.toFixed(0)} ms without the flood`);
      const allowed = IDLE_FACTOR * idle + IDLE_MORE_MS;
      if (!(flooded <= allowed)) tooSlow(`${metric}: p99 ${flooded.toFixed(0)} ms, above ${allowed.toFixed(0)} ms`);
    }
    return [];
  },
};

const UNITS = 100_000_000;
const WARMUP_SECONDS = 5;
/** The flood begins this much after the phase and ends this much before its end. */
const HEAD_START_SECONDS = 0.5;
const REFUSED = 429;
const LEAST_CALLS = 200;
/** The p99 of others may be this many times the one without the flood, and so many milliseconds more. */
const IDLE_FACTOR = 3;
const IDLE_MORE_MS = 20;
const unitPrice = { amount: 4_990, currency: 'EUR' };

const p99 = (metrics: Metrics, metric: string, phase: string): number =>
  metrics(`${metric}{phase:${phase}}`)['p(99)'] ?? Number.NaN;
