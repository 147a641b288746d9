import type { Operation, TRPCLink } from '@trpc/client';
import { observable } from '@trpc/server/observable';
import type { AppRouter } from './wire-types.ts';

/** The server remembers keys with this prefix for ten minutes, like those that it generates itself. */
const GENERATED_PREFIX = 'gen_';
const KEY_RANDOM_BYTES = 16;

/**
 * Returns a link that adds a key to every mutation without one, so that a retry by `retryLink` or by the caller has no
 * second effect. `idempotencyKeyOf` returns the key of a failed mutation.
 */
export function idempotencyLink(): TRPCLink<AppRouter> {
  return () =>
    ({ op, next }) => {
      if (op.type !== 'mutation') return next(op);
      const { input, key } = withKey(op.input);
      if (key === null) return next(op);
      return observable((observer) =>
        next({ ...op, input }).subscribe({
          next: (value) => observer.next(value),
          error: (error) => {
            keysOfErrors.set(error, key);
            observer.error(error);
          },
          complete: () => observer.complete(),
        }),
      );
    };
}

/**
 * Returns a random key. It uses `getRandomValues`, because browsers have `randomUUID` only on pages over HTTPS. React
 * Native has neither, and `Math.random` is enough there: a key is not a secret, and need only differ from the other
 * keys of the same session.
 */
export function newIdempotencyKey(): string {
  const bytes = new Uint8Array(KEY_RANDOM_BYTES);
  const { crypto } = globalThis as { crypto?: typeof globalThis.crypto };
  if (crypto) crypto.getRandomValues(bytes);
  else bytes.forEach((_, index) => (bytes[index] = Math.floor(Math.random() * 256)));
  return GENERATED_PREFIX + Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Returns the input with its key. An input that is not an object is returned unchanged; the server refuses it. */
function withKey(input: Operation['input']): { input: unknown; key: string | null } {
  if (input === undefined || input === null) {
    const key = newIdempotencyKey();
    return { input: { idempotencyKey: key }, key };
  }
  if (typeof input !== 'object' || Array.isArray(input)) return { input, key: null };
  const { idempotencyKey = newIdempotencyKey() } = input as { idempotencyKey?: unknown };
  if (typeof idempotencyKey !== 'string') return { input, key: null };
  return { input: { ...input, idempotencyKey }, key: idempotencyKey };
}

/** Each call has an error of its own, even if a request with several calls fails. */
const keysOfErrors = new WeakMap<Error, string>();

/**
 * Returns the idempotency key of a failed mutation, generated or the caller's; undefined for queries and for other
 * errors. After a network failure the outcome is unknown, and a retry with this key is safe: `shop.cart.add.mutate({
 * ...input, idempotencyKey: idempotencyKeyOf(error) })`. A generated key is valid for ten minutes, the caller's own for
 * 24 hours.
 */
export function idempotencyKeyOf(error: unknown): string | undefined {
  return error instanceof Error ? keysOfErrors.get(error) : undefined;
}
