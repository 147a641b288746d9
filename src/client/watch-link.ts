import { httpSubscriptionLink, TRPCClientError, type TRPCLink } from '@trpc/client';
import { observable } from '@trpc/server/observable';
import { plainTransformer } from './plain-transformer.ts';
import type { AppRouter } from './wire-types.ts';

/** The class for subscriptions: the `EventSource` of browsers, or a compatible one. */
export interface EventSourceClass {
  new (
    url: string,
    init?: { withCredentials?: boolean },
  ): {
    readonly CLOSED: number;
    readonly CONNECTING: number;
    readonly OPEN: number;
    readonly readyState: number;
    addEventListener(type: string, listener: (event: object) => void): void;
    removeEventListener(type: string, listener: (event: object) => void): void;
    close(): void;
  };
}

const NO_EVENT_SOURCE =
  'stock.watch needs EventSource, which this platform does not have. Pass a compatible class, such as that of the ' +
  'package eventsource, as the option EventSource; or query stock.availability from time to time.';

/** Returns the links for subscriptions. Without a class for them, each subscription ends with an error that says so. */
export function watchLinks(url: string, EventSource: EventSourceClass | undefined): TRPCLink<AppRouter>[] {
  const demandEventSource: TRPCLink<AppRouter> =
    () =>
    ({ op, next }) =>
      (EventSource ?? (globalThis as { EventSource?: unknown }).EventSource)
        ? next(op)
        : observable((observer) => observer.error(TRPCClientError.from(new Error(NO_EVENT_SOURCE))));
  const subscribe = httpSubscriptionLink<AppRouter, EventSourceClass>({
    url,
    transformer: plainTransformer,
    ...(EventSource && { EventSource }),
  });
  return [demandEventSource, subscribe];
}
