import { startServerProcess } from '../../test/support/server-process.ts';
import { poll } from '../../test/support/poll.ts';

const READY_TIMEOUT_MS = 60_000;

export interface Ready {
  /** Milliseconds from the start of the process. */
  seconds: number;
}

/** Starts the built server, waits until `/health/ready` is successful, and shuts it down. */
export async function timeToReady(settings: Record<string, string>): Promise<Ready> {
  const startedAt = performance.now();
  await using server = await startServerProcess(settings);
  await poll(async () => (await fetch(`${server.url}/health/ready`)).ok, { timeoutMs: READY_TIMEOUT_MS });
  const seconds = (performance.now() - startedAt) / 1_000;
  await server.stop();
  return { seconds };
}
