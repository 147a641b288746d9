export interface Spent {
  calls: number;
  seconds: number;
}

/**
 * So many callers for so long, each asking again as soon as it was answered: a closed loop. Resolves when the last has its
 * answer. `call` is told its number, which none before had if `from` is where the last round ended.
 */
export async function closedLoop(
  { callers, ms, from }: { callers: number; ms: number; from: number },
  call: (number: number) => Promise<void>,
): Promise<Spent> {
  const startedAt = performance.now();
  const endAt = startedAt + ms;
  let next = from;
  const caller = async (): Promise<void> => {
    while (performance.now() < endAt) {
      const number = next;
      next += 1;
      await call(number);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return { calls: next - from, seconds: (performance.now() - startedAt) / 1_000 };
}

/** So many calls a second whether or not those before were answered; latencies in ms from when each was due. */
export async function openLoop(
  { perSecond, ms, from }: { perSecond: number; ms: number; from: number },
  call: (number: number) => Promise<void>,
): Promise<{ latencies: number[]; seconds: number }> {
  const latencies: number[] = [];
  const running = new Set<Promise<void>>();
  const startedAt = performance.now();
  const total = Math.floor((perSecond * ms) / 1_000);
  const dueAt = (index: number): number => startedAt + (index * 1_000) / perSecond;
  const start = (index: number): void => {
    const one = call(from + index).then(() => {
      latencies.push(performance.now() - dueAt(index));
    });
    running.add(one);
    const isOver = (): boolean => running.delete(one);
    one.then(isOver, isOver);
  };
  for (let index = 0; index < total; ) {
    const now = performance.now();
    while (index < total && dueAt(index) <= now) {
      start(index);
      index += 1;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(running);
  return { latencies, seconds: (performance.now() - startedAt) / 1_000 };
}
