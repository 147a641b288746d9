import { StoreError } from '../../store/store.ts';
import type { StockWatch } from './stock-watch.ts';
import type { WatchSink, StockUpdate } from './watched-sku.ts';

/**
 * Yields the updates of SKUs one by one until `signal` aborts, for callers in this process and for tRPC. A slow reader
 * skips states. Throws as `StockWatch.subscribe` does, and `StoreError` `closed` when the watch ends, so that the
 * reader does not mistake its end for the end of the updates.
 */
export async function* updatesOf(
  watch: StockWatch,
  skus: readonly string[],
  signal?: AbortSignal,
  client: string | null = null,
): AsyncGenerator<StockUpdate, void, void> {
  let news: readonly StockUpdate[] = [];
  let isEnded = false;
  let wake: () => void = () => {};
  const wakeUp = (): void => wake();
  const sink: WatchSink = {
    update: (updates) => {
      news = updates;
      wake();
      return false;
    },
    end: () => {
      isEnded = true;
      wakeUp();
    },
  };
  const subscription = watch.subscribe(skus, sink, client);
  signal?.addEventListener('abort', wakeUp);
  try {
    for (;;) {
      if (signal?.aborted) return;
      for (const update of news) yield update;
      if (isEnded) throw new StoreError('closed', 'the watch is closed');
      const isBlocked = news.length > 0;
      news = [];
      if (isBlocked) subscription.resume();
      // There is no await between the check and the promise, so no abort is missed.
      if (!signal?.aborted) await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    signal?.removeEventListener('abort', wakeUp);
    subscription.close();
  }
}
