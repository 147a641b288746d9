import { shared } from '../core/shared.ts';
import type { Bench, Figure, Side } from '../core/types.ts';
import { warmedMs } from '../core/warm-up.ts';
import { ReservingProcess } from '../sides/reserving-process.ts';
import { CALLERS } from '../sides/reserving.ts';
import { supply } from '../support/goods.ts';
import { redisCpuUs } from '../support/redis-cpu.ts';
import { type BenchShop, openRedisShop } from '../support/redis-shop.ts';

/** Both sides are the same two processes over one Redis: in turns both receive requests, and only one of them. */
interface Scene {
  shop: BenchShop;
  processes: ReservingProcess[];
  done: number;
}

const PROCESSES = 2;

async function openScene(): Promise<Scene> {
  const shop = await openRedisShop('everysec');
  const processes: ReservingProcess[] = [];
  try {
    await supply(shop.holdfast, 1);
    while (processes.length < PROCESSES)
      processes.push(await ReservingProcess.start(shop.redis.url, String(processes.length)));
    return { shop, processes, done: 0 };
  } catch (error) {
    await closeScene({ shop, processes, done: 0 });
    throw error;
  }
}

async function closeScene({ shop, processes }: Scene): Promise<void> {
  for (const process of processes) process.close();
  await shop.close();
}

const scene = shared(openScene, closeScene);

/** The processor time of Redis and of the processes that received requests, for each reservation. */
async function reserve(current: Scene, asked: readonly ReservingProcess[], ms: number): Promise<Figure> {
  const { socketPath } = current.shop.redis;
  const redisBeforeUs = await redisCpuUs(socketPath);
  const startedAt = performance.now();
  const answers = await Promise.all(asked.map((one) => one.run({ callers: CALLERS / asked.length, ms })));
  const seconds = (performance.now() - startedAt) / 1_000;
  const calls = answers.reduce((all, answer) => all + answer.calls, 0);
  current.done += calls;
  const processUs = answers.reduce((all, answer) => all + answer.cpuUs, 0) / calls;
  const redisUs = ((await redisCpuUs(socketPath)) - redisBeforeUs) / calls;
  const details = { processCpuUs: processUs, redisCpuUs: redisUs, perSecond: calls / seconds };
  return { value: processUs + redisUs, details };
}

const side = (name: string, askedOf: (current: Scene, round: number) => readonly ReservingProcess[]): Side => ({
  name,
  unit: 'CPU us per reservation, processes and Redis',
  open: async (plan) => {
    const current = await scene.use(plan);
    return {
      round: (round) => reserve(current, askedOf(current, round), warmedMs(plan, round)),
      verify: () => current.shop.audit({ reserved: current.done }),
      close: () => scene.leave(),
    };
  },
});

export const twoProcessesHot: Bench = {
  key: 'two_processes_hot',
  about: 'processor time of a reservation of one hot SKU, if two processes share the load, compared with one process',
  reach: { atMost: 1.2 },
  a: side(`two processes, ${CALLERS / PROCESSES} callers each`, ({ processes }) => processes),
  // In turns, so that both have run for the same time and neither is faster because of that.
  b: side(`one process, ${CALLERS} callers`, ({ processes }, round) =>
    processes.filter((_, index) => index === round % PROCESSES),
  ),
};
