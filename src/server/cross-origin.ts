/** What a page of another origin may read of an answer. */
export const EXPOSED_HEADERS = ['x-request-id', 'retry-after'] as const;

/**
 * For answers that do not pass through hono: the headers that its `cors` gives to an answer with this `vary`, for a
 * request's `Origin` (empty: none), in the order in which they are sent.
 */
export function corsOf(
  origins: readonly string[],
  vary: string,
): (origin: string) => Record<string, string> & { vary: string } {
  if (origins.length === 0) return () => ({ vary });
  const exposed = { 'access-control-expose-headers': EXPOSED_HEADERS.join(',') };
  if (origins.includes('*')) return () => ({ 'access-control-allow-origin': '*', ...exposed, vary });
  const both = { ...exposed, vary: `${vary}, Origin` };
  return (origin) => (origins.includes(origin) ? { 'access-control-allow-origin': origin, ...both } : both);
}
