import type { IncomingMessage } from 'node:http';
import { REST_PATHS, REST_PREFIX } from '../../contract/rest-paths.ts';
import { pathOf } from '../listener/http-server.ts';

/** The classes of shoppers' calls. Each class has its own limit. */
export const RATE_CLASSES = ['read', 'change', 'checkout', 'session'] as const;
export type RateClass = (typeof RATE_CLASSES)[number];

/** The calls of one request by their class. */
export interface ClassCalls {
  class: RateClass;
  calls: number;
}

const TRPC_PREFIX = '/trpc/';
/** Procedures that change something, and have a stricter limit than others. */
const STRICT: ReadonlyMap<string, RateClass> = new Map([
  ['session.create', 'session'],
  ['checkout.begin', 'checkout'],
  ['checkout.place', 'checkout'],
]);
const STRICT_RESOURCES: ReadonlyMap<string, RateClass> = new Map(
  [...STRICT].map(([procedure, rateClass]) => [resourceOf(procedure), rateClass]),
);
const ONE_CALL = Object.fromEntries(
  RATE_CLASSES.map((rateClass) => [rateClass, [{ class: rateClass, calls: 1 }]]),
) as unknown as Record<RateClass, readonly ClassCalls[]>;
const NO_CALLS: readonly ClassCalls[] = [];

/** The calls of each known procedure that changes something, by its URL. Others are found more slowly. */
const BY_URL: ReadonlyMap<string, readonly ClassCalls[]> = new Map(
  Object.keys(REST_PATHS).map((procedure) => [TRPC_PREFIX + procedure, ONE_CALL[STRICT.get(procedure) ?? 'change']]),
);

/** Separates the names of a batch. The normal form of a target has no escaped commas. */
const COMMA = ',';

function resourceOf(procedure: string): string {
  const { path } = (REST_PATHS as Record<string, { path: string }>)[procedure] ?? { path: '' };
  return REST_PREFIX + path.replace(/\/$/, '');
}

/** Returns the number of calls of a request. */
export function callsOf({ url = '' }: Pick<IncomingMessage, 'url'>): number {
  return BY_URL.has(url) ? 1 : (namesIn(url)?.length ?? 1);
}

/** Returns the calls of a request that count toward limits. A path without a procedure has none. */
export function classCallsOf({ url = '', method }: Pick<IncomingMessage, 'url' | 'method'>): readonly ClassCalls[] {
  const known = method === 'POST' ? BY_URL.get(url) : undefined;
  if (known) return known;
  const isRest = url.startsWith(REST_PREFIX);
  if (!isRest && !url.startsWith(TRPC_PREFIX)) return NO_CALLS;
  const names = namesIn(url);
  if (method === 'GET') return names ? [{ class: 'read', calls: names.length }] : ONE_CALL.read;
  if (isRest) return ONE_CALL[STRICT_RESOURCES.get(pathOf(url).replace(/\/$/, '')) ?? 'change'];
  if (!names) return ONE_CALL[STRICT.get(pathOf(url).slice(TRPC_PREFIX.length)) ?? 'change'];
  const counts = new Map<RateClass, number>();
  for (const name of names) {
    const rateClass = STRICT.get(name) ?? 'change';
    counts.set(rateClass, (counts.get(rateClass) ?? 0) + 1);
  }
  return [...counts].map(([rateClass, calls]) => ({ class: rateClass, calls }));
}

/** Returns the names of a batch; null for a request that is not one. */
function namesIn(url: string): string[] | null {
  if (!url.startsWith(TRPC_PREFIX)) return null;
  const path = pathOf(url).slice(TRPC_PREFIX.length);
  return path.includes(COMMA) ? path.split(COMMA) : null;
}
