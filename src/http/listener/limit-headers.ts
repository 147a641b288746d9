import type { ServerResponse } from 'node:http';

/** The state of a limit, for the headers of an answer. */
export interface ShownLimit {
  class: string;
  limit: number;
  remaining: number;
  resetMs: number;
}

const SHOWN = Symbol('limit');
type Limited = ServerResponse & { [SHOWN]?: ShownLimit };

const WINDOW_SECONDS = 60;

/** Notes the limit that applies to a request, for its answer. */
export function showLimit(outgoing: Limited, limit: ShownLimit): void {
  outgoing[SHOWN] = limit;
}

/**
 * Returns the headers `RateLimit-Policy` and `RateLimit` of an answer, names and values alternating, as
 * draft-ietf-httpapi-ratelimit-headers defines them. Empty if no limit applies to the request.
 */
export function limitHeaders(outgoing: Limited): readonly string[] {
  const shown = outgoing[SHOWN];
  if (!shown) return NO_LIMIT_HEADERS;
  const { class: name, limit, remaining, resetMs } = shown;
  return [
    'ratelimit-policy',
    `"${name}";q=${limit};w=${WINDOW_SECONDS}`,
    'ratelimit',
    `"${name}";r=${remaining};t=${Math.ceil(resetMs / 1_000)}`,
  ];
}

const NO_LIMIT_HEADERS: readonly string[] = [];
