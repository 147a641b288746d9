import { isIP } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { CLIENT_OPTIONS } from './client-options.ts';
import type { Place } from './host-list.ts';
import type { RedisAddress } from './redis-target.ts';

/** A cluster as one of its nodes knows it. */
export interface ClusterView {
  /** The master of the slot; null where the node knows none. */
  master: Place | null;
  nodes: Place[];
}

type SlotRange = [first: number, last: number, master: NodeReply, ...replicas: NodeReply[]];
type NodeReply = [host: string | null, port: number, ...unknown[]];

/** Returns the address with the host and the port, and with the name that the certificate must have. */
export function addressAt(place: Place, address: RedisAddress): RedisAddress {
  if (!address.tls) return { ...address, ...place };
  return { ...address, ...place, tls: { ...address.tls, ...(isIP(place.host) ? {} : { servername: place.host }) } };
}

/** Queries a node for the master of a key's slot. Settles within `timeoutMs`; rejects as ioredis does. */
export async function viewFrom(
  place: Place,
  { redis: address, key, timeoutMs }: { redis: RedisAddress; key: string; timeoutMs: number },
): Promise<ClusterView> {
  const options = { ...CLIENT_OPTIONS, ...addressAt(place, address), connectionName: 'holdfast-cluster' };
  const redis = new Redis(options);
  const late = new AbortController();
  let problem: Error | undefined;
  redis.on('error', (error: Error) => {
    problem ??= error;
  });
  const timeout = sleep(timeoutMs, undefined, { signal: late.signal }).then(
    () => Promise.reject(new Error(`no answer within ${timeoutMs} ms`)),
    () => undefined,
  );
  try {
    const view = await Promise.race([redis.connect().then(() => queryCluster(redis, place, key)), timeout]);
    return view ?? { master: null, nodes: [] };
  } catch (error) {
    throw problem ?? error;
  } finally {
    late.abort();
    redis.disconnect();
  }
}

async function queryCluster(redis: Redis, place: Place, key: string): Promise<ClusterView> {
  const [slot, ranges] = await Promise.all([
    redis.call('CLUSTER', 'KEYSLOT', key) as Promise<number>,
    redis.call('CLUSTER', 'SLOTS') as Promise<SlotRange[]>,
  ]);
  const owner = ranges.find(([first, last]) => slot >= first && slot <= last);
  const nodes = ranges.flatMap(([, , ...some]) => some).flatMap((node) => placeOf(node, place) ?? []);
  return { master: owner ? placeOf(owner[2], place) : null, nodes };
}

/** The host of a node whose name is not known yet. */
const UNKNOWN_HOST = '?';

/** A node without a host is reached by the host of the queried one. */
const placeOf = ([host, port]: NodeReply, { host: own }: Place): Place | null =>
  host === UNKNOWN_HOST ? null : { host: host || own, port };
