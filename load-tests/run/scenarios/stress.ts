import type { Events } from '../../lib/words.ts';
import type { Definition, Options } from '../toolkit/definition.ts';
import { sampleGauges } from '../toolkit/gauges.ts';
import { at, whole } from '../toolkit/options.ts';

export const stress: Definition = {
  name: 'stress',
  about: 'raises the load until the server refuses: overloaded instead of time-outs, and no refusals soon after',
  options: {
    rate: whole(4_000, 'shoppers per second at the top of the ramp'),
    'ramp-seconds': whole(20, 'seconds up to there', 600),
    'top-seconds': whole(10, 'seconds at the top', 600),
    busy: whole(3_000, 'shoppers that k6 can keep waiting at once', 50_000),
    'calm-rate': whole(30, 'shoppers per second before and after'),
    'calm-seconds': whole(10, 'seconds before, and as many after', 600),
    'settle-seconds': whole(10, 'seconds in which it has to be calm again', 600),
  },
  seconds: (options) => startOf(options, 'after') + at(options, 'calm-seconds'),
  goods: (options) => [{ name: 'wanted', units: Math.ceil(at(options, 'rate') * (stress.seconds(options) + 1)) }],
  comparison: { from: 'warmup', to: ['after'], factor: 5, floorMs: 100 },
  during: (running) => sampleGauges(running, SAMPLE_SECONDS, stress.seconds(running.options) - 1),
  after({ options, reported: { events }, note }) {
    const samples = events.of('sample');
    const first = samples.find(({ overloaded }) => overloaded > 0);
    if (first) note('refuses from', `about ${rateAt(options, first.at / 1_000)} shoppers per second`);
    note('at once, max', `${most(samples, 'requestsInFlight')} requests, ${most(samples, 'waiting')} waiting`);
    const fellAt = startOf(options, 'settling') * 1_000;
    const last = samples.findLast(({ overloaded }, index) => overloaded > (samples[index - 1]?.overloaded ?? 0));
    note('refuses until, ms', Math.max(0, (last?.at ?? 0) - fellAt));
    return [];
  },
};

const SAMPLE_SECONDS = 0.5;

function startOf(options: Options, phase: 'settling' | 'after'): number {
  const settling = at(options, 'calm-seconds') + at(options, 'ramp-seconds') + at(options, 'top-seconds');
  return phase === 'settling' ? settling : settling + at(options, 'settle-seconds');
}

/** Returns the arrivals per second at a number of seconds after the start. */
function rateAt(options: Options, seconds: number): number {
  const [calm, top] = [at(options, 'calm-rate'), at(options, 'rate')];
  const part = (seconds - at(options, 'calm-seconds')) / at(options, 'ramp-seconds');
  return Math.round(calm + (top - calm) * Math.min(1, Math.max(0, part)));
}

const most = (samples: readonly Events['sample'][], gauge: 'requestsInFlight' | 'waiting'): number =>
  Math.max(0, ...samples.map((sample) => sample[gauge]));
