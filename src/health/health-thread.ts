import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { HealthListener, HealthReport } from './health-state.ts';

const BEAT_MS = 500;
const JUDGE_MS = 1_000;
/** Longer than a pause for the collection of garbage, shorter than an orchestrator's patience. */
const STALL_MS = 10_000;

export interface HealthThread {
  port: number;
  /** Ends the thread. */
  close(): Promise<void>;
}

export interface HealthThreadOptions extends Omit<HealthListener, 'stallMs'> {
  stallMs?: number;
  /** Judges whether the server is ready; called once a second. */
  judge: () => Promise<HealthReport>;
}

/**
 * Answers `/health/live` and `/health/ready` from a thread and a port of its own, whatever the main thread has to do. Rejects
 * when the address cannot be listened on.
 */
export async function startHealthThread({ judge, ...listener }: HealthThreadOptions): Promise<HealthThread> {
  const workerData: HealthListener = { stallMs: STALL_MS, ...listener };
  const worker = new Worker(new URL('./health-worker.js', import.meta.url), { workerData });
  const [port] = (await once(worker, 'message')) as [number];
  worker.unref();
  const publish = async (): Promise<void> => {
    const report = await judge().catch((): HealthReport => ({ ready: false, details: { reason: 'not judged' } }));
    worker.postMessage(report);
  };
  const beating = setInterval(() => worker.postMessage('beat'), BEAT_MS).unref();
  const judging = setInterval(() => void publish(), JUDGE_MS).unref();
  await publish();
  const close = async (): Promise<void> => {
    clearInterval(beating);
    clearInterval(judging);
    await worker.terminate();
  };
  return { port, close };
}
