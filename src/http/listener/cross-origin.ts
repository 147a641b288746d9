/** The headers of an answer that a page of another origin may read. */
export const EXPOSED_HEADERS = ['x-request-id', 'retry-after', 'ratelimit', 'ratelimit-policy'] as const;

const VARY = 'trpc-accept, accept';

export interface CrossOrigin {
  /** The headers to send, in this order. */
  exposed: readonly (readonly [name: string, value: string])[];
  vary: string;
}

/**
 * Returns a function from a request's `Origin` (empty: none) to the headers that hono's `cors` adds to an answer with
 * this `vary`. It serves answers that do not pass through hono.
 */
export function corsOf(origins: readonly string[]): (origin: string) => CrossOrigin {
  const none = { exposed: [], vary: VARY };
  if (origins.length === 0) return () => none;
  const names = ['access-control-expose-headers', EXPOSED_HEADERS.join(',')] as const;
  const allowing = (origin: string, vary: string): CrossOrigin => ({
    exposed: [['access-control-allow-origin', origin], names],
    vary,
  });
  const all = allowing('*', VARY);
  if (origins.includes('*')) return () => all;
  const varying = `${VARY}, Origin`;
  const others = { exposed: [names], vary: varying };
  return (origin) => (origins.includes(origin) ? allowing(origin, varying) : others);
}
