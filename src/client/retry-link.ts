import { type Operation, TRPCClientError, type TRPCLink } from '@trpc/client';
import { observable } from '@trpc/server/observable';
import type { AppRouter } from '../api/router.ts';
import { delayMsOf, isTransient, RETRY_DEFAULTS, type RetryOptions, type RetryPolicy } from './retry-policy.ts';

/**
 * Repeats calls that were answered with 429, 503 or 504, each call by itself: of a batch only those that were refused so.
 * Nothing else is repeated, a failing network least of all: whether such a call took effect is for the caller to ask.
 * Mutations must carry an idempotency key already, or asking again would act again.
 */
export function retryLink(options: RetryOptions = {}): TRPCLink<AppRouter> {
  const policy = { ...RETRY_DEFAULTS, ...options };
  return () =>
    ({ op, next }) => {
      if (op.type === 'subscription') return next(op);
      return observable((observer) => repeat({ op, ask: () => next(op), observer, policy }));
    };
}

type Answers = ReturnType<Parameters<ReturnType<TRPCLink<AppRouter>>>[0]['next']>;

interface Repeated {
  op: Operation;
  ask: () => Answers;
  observer: Parameters<Answers['subscribe']>[0] & { error: (error: TRPCClientError<AppRouter>) => void };
  policy: RetryPolicy;
}

/** Asks until there is a final answer; returns what stops it. An abort ends the call at once, also while it waits. */
function repeat({ op: { signal }, ask, observer, policy }: Repeated): () => void {
  const { timing } = policy;
  const startedAt = timing.now();
  let stopCurrent = (): void => undefined;
  let isOver = false;
  const stop = (): void => {
    if (isOver) return;
    isOver = true;
    stopCurrent();
    signal?.removeEventListener('abort', abort);
  };
  const fail = (error: TRPCClientError<AppRouter>): void => {
    stop();
    observer.error(error);
  };
  const abort = (): void => fail(TRPCClientError.from(reasonOf(signal)));
  const attempt = (number: number): void => {
    let sent: ReturnType<Answers['subscribe']> | null = null;
    stopCurrent = () => sent?.unsubscribe();
    sent = ask().subscribe({
      next: (value) => observer.next?.(value),
      complete: () => observer.complete?.(),
      error: (error) => {
        if (isOver) return;
        const delayMs = isTransient(error) ? delayMsOf(error, number, timing.now() - startedAt, policy) : null;
        if (delayMs === null) fail(error);
        else stopCurrent = timing.after(delayMs, () => attempt(number + 1));
      },
    });
  };
  if (signal?.aborted) abort();
  else {
    signal?.addEventListener('abort', abort);
    attempt(1);
  }
  return stop;
}

const reasonOf = (signal: AbortSignal | null | undefined): Error =>
  signal?.reason instanceof Error ? signal.reason : new Error('aborted', { cause: signal?.reason });
