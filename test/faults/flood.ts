import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const CHILD = join(import.meta.dirname, 'flood-child.js');

export interface FloodPlan {
  port: number;
  connections: number;
  /** Requests per second, regardless of answers. 0: each connection waits for its answer before it sends again. */
  perSecond: number;
  seconds: number;
}

export interface Flood {
  sent: number;
  /** Arrivals at which no connection was idle. */
  unsent: number;
  ok: number;
  /** Requests that were answered 429. */
  shed: number;
  other: number;
  gaveUp: number;
  broken: number;
  /** Successful answers per second of the flood. */
  goodput: number;
  okMs: { p50Ms: number; p99Ms: number };
  shedMs: { p50Ms: number; p99Ms: number };
  /** Processor seconds of the generator itself. */
  cpuSeconds: number;
}

/** SKUs that a flood buys: `sku-0` and so on. */
export const FLOOD_SKUS = 100;

let runs = 0;

/** Floods a server with `cart.add` from another process, with a new session for each call. */
export async function flood(plan: FloodPlan): Promise<Flood> {
  runs += 1;
  const settings = JSON.stringify({ ...plan, skus: FLOOD_SKUS, run: `${process.pid}-${runs}` });
  const child = spawn(process.execPath, [CHILD, settings], { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  await once(child, 'close');
  return JSON.parse(out) as Flood;
}
