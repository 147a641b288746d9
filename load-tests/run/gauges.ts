import type { HttpCaller } from '../../test/support/http-caller.ts';
import type { Gauges } from '../lib/words.ts';
import type { Running } from './definition.ts';

const METRICS: Record<keyof Gauges, readonly string[]> = {
  rssBytes: ['process_resident_memory_bytes'],
  heapBytes: ['nodejs_heap_size_used_bytes'],
  requestsInFlight: ['holdfast_http_in_flight'],
  waiting: ['holdfast_lane_mailbox_items', 'holdfast_lane_shop_queue'],
  overloaded: ['holdfast_lane_overloaded_total'],
};

/** What `/metrics` says now. Rejects where it says nothing of the kind. */
async function readGauges(operator: HttpCaller): Promise<Gauges> {
  const { status, body } = await operator.get('/metrics');
  if (status !== 200) throw new Error(`/metrics answers ${status}`);
  const values = new Map(
    body.split('\n').map((line): [string, number] => {
      const end = line.lastIndexOf(' ');
      return [line.slice(0, end), Number(line.slice(end + 1))];
    }),
  );
  const sum = (names: readonly string[]): number =>
    names.reduce((total, name) => total + (values.get(name) ?? Number.NaN), 0);
  return Object.fromEntries(Object.entries(METRICS).map(([gauge, names]) => [gauge, sum(names)])) as unknown as Gauges;
}

/** Tells of the gauges every so many seconds, for so many, from the moment that the script has told to be its first. */
export async function sampleGauges(
  { operator, heard, sleep, tell }: Running,
  every: number,
  seconds: number,
): Promise<void> {
  const begun = await heard('begun', () => true);
  const endAt = begun.at + seconds * 1_000;
  while (Date.now() < endAt) {
    const gauges = await readGauges(operator);
    tell('sample', { at: Date.now() - begun.at, ...gauges });
    await sleep(every);
  }
}
