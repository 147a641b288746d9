import type { Operation, TRPCLink } from '@trpc/client';
import { observable } from '@trpc/server/observable';
import type { AppRouter } from '../api/router.ts';

/** The server keeps what it knows of such a key for ten minutes, as of the keys that it makes itself. */
const PREFIX = 'gen_';
const RANDOM_BYTES = 16;

/**
 * Gives every mutation a key, so that asking again, by `retryLink` or by the caller, never has a second effect. A key that
 * the caller chose stays. Errors of mutations tell the key: see `idempotencyKeyOf`.
 */
export function idempotencyLink(): TRPCLink<AppRouter> {
  return () =>
    ({ op, next }) => {
      if (op.type !== 'mutation') return next(op);
      const { input, key } = keyed(op.input);
      if (key === null) return next(op);
      return observable((observer) =>
        next({ ...op, input }).subscribe({
          next: (value) => observer.next(value),
          error: (error) => {
            keys.set(error, key);
            observer.error(error);
          },
          complete: () => observer.complete(),
        }),
      );
    };
}

/** `getRandomValues` rather than `randomUUID`: browsers offer the latter to pages over HTTPS only. */
export function newIdempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(RANDOM_BYTES));
  return PREFIX + Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** What is no object at all is left to the server to refuse. */
function keyed(input: Operation['input']): { input: unknown; key: string | null } {
  if (input === undefined || input === null) {
    const key = newIdempotencyKey();
    return { input: { idempotencyKey: key }, key };
  }
  if (typeof input !== 'object' || Array.isArray(input)) return { input, key: null };
  const { idempotencyKey = newIdempotencyKey() } = input as { idempotencyKey?: unknown };
  if (typeof idempotencyKey !== 'string') return { input, key: null };
  return { input: { ...input, idempotencyKey }, key: idempotencyKey };
}

/** Calls that shared a request have each an error of their own, even if it was the request that failed. */
const keys = new WeakMap<Error, string>();

/**
 * The idempotency key with which a failed mutation was sent, generated or the caller's; undefined for queries and for
 * errors of other origin. After a network failure, when nobody knows whether the call took effect, asking again with
 * this key is safe: `shop.cart.add.mutate({ ...input, idempotencyKey: idempotencyKeyOf(error) })`. A generated key is
 * good for ten minutes, the caller's own for 24 hours.
 */
export function idempotencyKeyOf(error: unknown): string | undefined {
  return error instanceof Error ? keys.get(error) : undefined;
}
