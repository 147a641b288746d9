import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startSwitchingRelay } from '../store/redis/switching-relay.ts';
import { type Partition, startPartition } from '../support/partition.ts';
import { poll } from '../support/poll.ts';
import { startChain } from '../support/redis-replicas.ts';
import { FULL } from '../support/scale.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { startShopProcess } from './shop-process.ts';
import { runHistory } from './stock-history.ts';

const HISTORIES = FULL ? 20 : 1;
const [OPERATIONS, CLIENTS] = [600, 8];
/** Longer than the deadlines of the processes. */
const PARTED_MS = 900;
/** By then the replica has what a read has shown before. */
const REPLICATED_MS = 300;

async function partFor(link: Pick<Partition, 'part' | 'join'>, ms: number): Promise<void> {
  link.part();
  await sleep(ms);
  link.join();
}

test.each(Array.from({ length: HISTORIES }, (_, n) => n + 1))(
  'with DURABILITY=replicated, history %i is linearizable across partitions and a failover to the replica',
  { timeout: 120_000 },
  async (seed) => {
    // The replica has a replica of its own, for which it waits once it is the master.
    await using chain = await startChain(3, { 'min-replicas-to-write': '1', 'repl-timeout': '600' });
    const [master, replica] = [chain[0]!, chain[1]!];
    await using link = await startPartition(master.port);
    await replica.admin.replicaof('127.0.0.1', link.port);
    await poll(async () => (await replica.admin.info('replication')).includes('master_link_status:up'), {
      timeoutMs: 30_000,
    });
    await using address = await startSwitchingRelay(master.server.socketPath);
    await using proxy = await startTcpProxy(address.url.slice('unix:'.length));
    await using one = await startShopProcess('replicated', address.url);
    await using two = await startShopProcess('replicated', proxy.url);
    let isLosing = false;
    const failOver = async (): Promise<void> => {
      // Reads do not wait for the replica.
      isLosing = true;
      await sleep(REPLICATED_MS);
      link.part();
      await sleep(PARTED_MS);
      await replica.admin.replicaof('NO', 'ONE');
      address.switchTo(replica.server.socketPath);
      isLosing = false;
    };
    const acts = new Map([
      [OPERATIONS / 4, () => partFor(link, PARTED_MS)],
      [OPERATIONS / 2, () => proxy.stall(PARTED_MS)],
      [(3 * OPERATIONS) / 4, failOver],
    ]);
    let calls = 0;
    const acting: Promise<void>[] = [];
    const mischief = (): void => {
      calls += 1;
      acting.push(acts.get(calls)?.() ?? Promise.resolve());
    };
    const result = await runHistory({
      seed,
      operations: OPERATIONS,
      clients: CLIENTS,
      processes: [one, two],
      mischief,
      readsAhead: () => isLosing,
    });
    await Promise.all(acting);
    expect(result.faults).toEqual([]);
    expect(result.repeated).toBeGreaterThan(0);
    // A shop that has lost what it acknowledged freezes, and then answers nothing.
    for (const process of [one, two]) {
      await poll(async () => (await process.call('level', { sku: `h${seed}-0` })).output, { timeoutMs: 10_000 });
    }
    console.log(
      `history ${seed}: ${result.repeated} unknown at first, ${result.unknown} for good, ${result.nothing} without effect`,
    );
  },
);
