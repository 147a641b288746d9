import { readFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import type { HttpCaller } from '../../../test/support/http-caller.ts';
import type { Gauges } from '../../lib/words.ts';
import type { Running } from './definition.ts';
import { type StoreNumbers, UNKNOWN_STORE } from './store-size.ts';

type Exported = Omit<Gauges, 'ownBytes' | 'machineLoad' | keyof StoreNumbers>;

const METRICS: Record<keyof Exported, readonly string[]> = {
  rssBytes: ['process_resident_memory_bytes'],
  heapBytes: ['nodejs_heap_size_used_bytes'],
  requestsInFlight: ['holdfast_http_in_flight'],
  waiting: ['holdfast_lane_mailbox_items', 'holdfast_lane_shop_queue', 'holdfast_admission_waiting'],
  overloaded: ['holdfast_lane_overloaded_total', 'holdfast_shed_total{class="shopper"}'],
};

/** Reads the gauges from `/metrics`. Rejects if they are missing. */
async function readGauges(operator: HttpCaller): Promise<Exported> {
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
  const gauges = Object.entries(METRICS).map(([gauge, names]) => [gauge, sum(names)]);
  return Object.fromEntries(gauges) as Exported;
}

/** Read from Linux, for a process that the runner started. */
async function mappedBytes(pid: number): Promise<number | null> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const [, kilobytes] = /^RssFile:\s+(\d+) kB$/m.exec(status) ?? [];
  return kilobytes === undefined ? null : Number(kilobytes) * 1_024;
}

/** Records the gauges at intervals, from the script's `begun` for a number of seconds. */
export async function sampleGauges(
  { operator, own, nextEvent, sleep, recordEvent }: Running,
  every: number,
  seconds: number,
): Promise<void> {
  const begun = await nextEvent('begun', () => true);
  const endAt = begun.at + seconds * 1_000;
  while (Date.now() < endAt) {
    const [gauges, mapped, store] = await Promise.all([
      readGauges(operator),
      own && mappedBytes(own.server.pid),
      own?.storeNumbers() ?? UNKNOWN_STORE,
    ]);
    const ownBytes = mapped === null ? null : gauges.rssBytes - mapped;
    const [machineLoad = 0] = loadavg();
    recordEvent('sample', { at: Date.now() - begun.at, ...gauges, ownBytes, machineLoad, ...store });
    // A longer sleep would end after k6 has, in a run of an hour.
    await sleep(Math.min(every, Math.max(0, endAt - Date.now()) / 1_000));
  }
}
