import { useEffect, useEffectEvent, useState } from 'react';
import { useOperator } from '../session/operator-context.ts';

/** The server accepts at most this many SKUs in one subscription. */
export const WATCHED_SKUS_MAX = 100;
/** After an error that ends a subscription, such as that of a server that restarts. */
const AGAIN_MS = 2_000;

export type WatchState = 'connecting' | 'live' | 'interrupted';

/** What a subscription reports. It is a sign that something changed: exact numbers come from `stock.level`. */
export interface StockUpdate {
  sku: string;
  /** As shoppers see it: absent or capped where the shop hides exact numbers. */
  available?: number;
  version: number;
}

/**
 * Calls `onUpdate` with each change of the availability of these SKUs, and with their state after each (re)connect.
 * Browsers reconnect by themselves; where they give up, a new subscription follows. Returns whether it is live.
 */
export function useStockWatch(skus: readonly string[], onUpdate: (update: StockUpdate) => void): WatchState {
  const { client } = useOperator();
  const [state, setState] = useState<WatchState>('connecting');
  const [attempt, setAttempt] = useState(0);
  const update = useEffectEvent(onUpdate);
  // A text, so that an equal list is not another subscription. SKUs may have blanks and commas.
  const names = JSON.stringify(skus.slice(0, WATCHED_SKUS_MAX));
  useEffect(() => {
    const watched = JSON.parse(names) as string[];
    if (watched.length === 0) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const again = (): void => {
      setState('interrupted');
      timer ??= setTimeout(() => setAttempt((number) => number + 1), AGAIN_MS);
    };
    const watching = client.stock.watch.subscribe(
      { skus: watched },
      {
        onData: ({ data }) => {
          setState('live');
          update(data);
        },
        onConnectionStateChange: (change) => {
          if (change.state === 'pending') setState('live');
          else setState(change.state === 'connecting' && change.error ? 'interrupted' : 'connecting');
        },
        onError: again,
        onComplete: again,
      },
    );
    return () => {
      clearTimeout(timer);
      watching.unsubscribe();
    };
  }, [client, names, attempt]);
  return state;
}
