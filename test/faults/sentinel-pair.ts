import { Redis } from 'ioredis';
import { kill9 } from '../support/redis-group.ts';
import { startSentinelGroup } from '../support/sentinel-group.ts';
import type { Replication } from './replica-pair.ts';

/** A master and a replica that its sentinels promote once. */
export async function startSentinelPair(): Promise<Replication> {
  const group = await startSentinelGroup({ appendonly: 'yes', appendfsync: 'always' });
  const [master, replica] = [group.master, group.replica].map(({ socketPath }) => new Redis(socketPath)) as [
    Redis,
    Redis,
  ];
  for (const admin of [master, replica]) admin.on('error', () => undefined);
  return {
    url: group.url,
    master,
    replica,
    caughtUp: () => group.caughtUp(),
    async lag() {
      await replica.config('SET', 'masteruser', 'nobody');
      await replica.config('SET', 'masterauth', 'wrong');
      await replica.call('CLIENT', 'KILL', 'TYPE', 'master');
    },
    async failover() {
      kill9(group.master);
      await group.switched();
    },
    async [Symbol.asyncDispose]() {
      for (const admin of [master, replica]) admin.disconnect();
      await group[Symbol.asyncDispose]();
    },
  };
}
