import { describe, expect, test } from 'vitest';
import { must } from '../support/http-caller.ts';
import { poll } from '../support/poll.ts';
import { shopKinds } from '../support/running-shop.ts';
import { type Watcher, watch } from '../support/watcher.ts';

const SUBSCRIBERS = 5_000;
const SKUS = 20;
const MIB = 1_048_576;
const GROWTH_MIB_MAX = 200;
const CONNECTING_AT_ONCE = 250;

/** The value of a metric of a server, in its own unit. */
const gauge = (metrics: string, name: string): number =>
  Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(metrics)?.[1] ?? Number.NaN);

describe.each(shopKinds)('5,000 subscribers of one process on $name', ({ name, open }) => {
  test('stay within 200 MB, and all receive the last state', { timeout: 120_000 }, async () => {
    await using shop = await open();
    const [server] = shop.servers;
    const operator = shop.caller.asOperator();
    const skus = Array.from({ length: SKUS }, (_, n) => `watched-${n}`);
    for (const sku of skus) must(await operator.mutate('stock.define', { sku }));
    const metrics = async (): Promise<string> => (await shop.caller.get('/metrics')).body;
    const rssMib = async (): Promise<number> => gauge(await metrics(), 'process_resident_memory_bytes') / MIB;
    const before = await rssMib();

    const watchers: Watcher[] = [];
    const newest = Array.from({ length: SUBSCRIBERS }, () => new Map<string, number>());
    let isBackward = false;
    while (watchers.length < SUBSCRIBERS) {
      const some = Array.from({ length: CONNECTING_AT_ONCE }, (_, n) => {
        const heard = newest[watchers.length + n]!;
        const onState = ({ sku, version }: { sku: string; version: number }): void => {
          isBackward ||= version <= (heard.get(sku) ?? -1);
          heard.set(sku, version);
        };
        return watch(server!.url, skus, { keep: false, onState });
      });
      watchers.push(...some);
      await Promise.all(some.map(({ opened }) => opened));
    }
    expect(gauge(await metrics(), 'holdfast_watch_subscribers')).toBe(SUBSCRIBERS);

    const last = new Map<string, number>();
    let highest = await rssMib();
    for (let round = 0; round < 10; round += 1) {
      const levels = await Promise.all(skus.map((sku) => operator.mutate('stock.receive', { sku, quantity: 1 })));
      levels.forEach((level, index) => last.set(skus[index]!, must(level).version));
      highest = Math.max(highest, await rssMib());
    }
    const isThere = (heard: Map<string, number>): boolean => skus.every((sku) => heard.get(sku) === last.get(sku));
    await poll(() => newest.every(isThere), { timeoutMs: 30_000, describe: () => 'some never heard the last state' });
    highest = Math.max(highest, await rssMib());
    expect(isBackward).toBe(false);
    console.log(
      `${name}: ${SUBSCRIBERS} subscribers, ${Math.round(highest - before)} MiB more than ${Math.round(before)}`,
    );
    expect(highest - before).toBeLessThan(GROWTH_MIB_MAX);

    for (const watcher of watchers) watcher.leave();
    await poll(async () => gauge(await metrics(), 'holdfast_watch_subscribers') === 0, { timeoutMs: 10_000 });
  });
});
