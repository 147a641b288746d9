/** What a page of another origin may read of an answer. */
export const EXPOSED_HEADERS = ['x-request-id', 'retry-after'] as const;

export interface CrossOrigin {
  /** In the order in which they are sent. */
  exposed: readonly (readonly [name: string, value: string])[];
  vary: string;
}

/**
 * For answers that do not pass through hono: the headers that its `cors` gives to an answer with this `vary`, for a
 * request's `Origin` (empty: none).
 */
export function corsOf(origins: readonly string[], vary: string): (origin: string) => CrossOrigin {
  const none = { exposed: [], vary };
  if (origins.length === 0) return () => none;
  const names = ['access-control-expose-headers', EXPOSED_HEADERS.join(',')] as const;
  const allowing = (origin: string, vary: string): CrossOrigin => ({
    exposed: [['access-control-allow-origin', origin], names],
    vary,
  });
  const all = allowing('*', vary);
  if (origins.includes('*')) return () => all;
  const varying = `${vary}, Origin`;
  const others = { exposed: [names], vary: varying };
  return (origin) => (origins.includes(origin) ? allowing(origin, varying) : others);
}
