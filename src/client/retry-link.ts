import { type Operation, TRPCClientError, type TRPCLink } from '@trpc/client';
import { observable } from '@trpc/server/observable';
import type { AppRouter } from './wire-types.ts';
import { delayMsOf, isTransient, RETRY_DEFAULTS, type RetryOptions, type RetryPolicy } from './retry-policy.ts';

/**
 * Returns a link that retries calls after an answer with 429, 503 or 504, each call of a batch separately. It does not
 * retry after a network error, because the mutation may already have been applied. Mutations must already have an
 * idempotency key, or a retry could have a second effect.
 */
export function retryLink(options: RetryOptions = {}): TRPCLink<AppRouter> {
  const policy = { ...RETRY_DEFAULTS, ...options };
  return () =>
    ({ op, next }) => {
      if (op.type === 'subscription') return next(op);
      return observable((observer) => retry({ op, send: () => next(op), observer, policy }));
    };
}

type Answers = ReturnType<Parameters<ReturnType<TRPCLink<AppRouter>>>[0]['next']>;

interface RetriedCall {
  op: Operation;
  send: () => Answers;
  observer: Parameters<Answers['subscribe']>[0] & { error: (error: TRPCClientError<AppRouter>) => void };
  policy: RetryPolicy;
}

/** Sends the call until there is a final answer. Returns a function that stops it. An abort ends the call at once. */
function retry({ op: { signal }, send, observer, policy }: RetriedCall): () => void {
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
  const abort = (): void => fail(TRPCClientError.from(abortReasonOf(signal)));
  const attempt = (number: number): void => {
    let sent: ReturnType<Answers['subscribe']> | null = null;
    stopCurrent = () => sent?.unsubscribe();
    sent = send().subscribe({
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

const abortReasonOf = (signal: AbortSignal | null | undefined): Error =>
  signal?.reason instanceof Error ? signal.reason : new Error('aborted', { cause: signal?.reason });
