export interface Spent {
  calls: number;
  seconds: number;
}

/**
 * Runs so many callers for so long. Each sends its next call once the last one is answered: a closed loop. Resolves
 * when the last caller has its answer. `call` receives its number. No earlier call had it, if `from` is the end of the
 * last round.
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

/**
 * Makes so many calls per second, whether or not earlier ones were answered. Latencies are in ms from the time at which
 * each call was due.
 */
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
