import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

const HEALTH_BEAT_MS = 500;
const JUDGE_MS = 1_000;
/** Longer than a garbage collection, shorter than an orchestrator's usual timeout. */
const HEALTH_STALL_MS = 10_000;

interface HealthThread {
  port: number;
  close(): Promise<void>;
}

interface HealthThreadOptions extends Omit<HealthListener, 'stallMs'> {
  stallMs?: number;
  /** Resolves with whether the server is ready. Called once a second. */
  judge: () => Promise<HealthReport>;
}

/**
 * Starts a thread that answers `/health/live` and `/health/ready` on its own port, even while the main thread is busy.
 * Rejects if it cannot listen on the address.
 */
export async function startHealthThread({ judge, ...listener }: HealthThreadOptions): Promise<HealthThread> {
  const workerData: HealthListener = { stallMs: HEALTH_STALL_MS, ...listener };
  const worker = new Worker(new URL('./health-worker.js', import.meta.url), { workerData });
  const [port] = (await once(worker, 'message')) as [number];
  worker.unref();
  const publish = async (): Promise<void> => {
    const report = await judge().catch((): HealthReport => ({ ready: false, details: { reason: 'not judged' } }));
    worker.postMessage(report);
  };
  const beating = setInterval(() => worker.postMessage('beat'), HEALTH_BEAT_MS).unref();
  const judging = setInterval(() => void publish(), JUDGE_MS).unref();
  await publish();
  const close = async (): Promise<void> => {
    clearInterval(beating);
    clearInterval(judging);
    await worker.terminate();
  };
  return { port, close };
}

/** The report that the main thread sends to the thread that answers health checks. */
export interface HealthReport {
  ready: boolean;
  details: Record<string, unknown>;
}

/** The address of the health thread, and how long the main thread may be silent before it counts as stalled. */
export interface HealthListener {
  host: string;
  port: number;
  stallMs: number;
}
