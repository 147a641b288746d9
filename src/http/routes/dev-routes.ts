import { Hono } from 'hono';
import { z } from 'zod';
import { invalidInput } from '../../api/wire-errors.ts';
import type { ExpiryService } from '../../shop/expiry/expiry-service.ts';
import type { MovableClock } from '../../store/time/movable-clock.ts';
import { type HttpContext, type HttpEnv, refuseRest } from '../listener/refusal-answer.ts';
import { restBodyOf, restResource } from './rest-routes.ts';

export interface DevRoutesOptions {
  clock: MovableClock;
  expiry: Pick<ExpiryService, 'sweepNow'>;
}

/** 400 days: the longest duration of a shop. */
const MOVE_MS_MAX = 34_560_000_000;

const clockMove = z.union([
  z.strictObject({ advanceMs: z.int().min(0).max(MOVE_MS_MAX) }),
  z.strictObject({ now: z.int().min(0) }),
]);
const WHAT_MOVES = `the body is { "advanceMs": 0 to ${MOVE_MS_MAX} }, or { "now": epoch milliseconds }`;

/**
 * Returns the routes of a development server: `GET /clock` returns the time of the shop, and `POST /clock` moves it
 * ahead. Its answer is sent after the holds and orders that are overdue by then have ended.
 */
export function devRoutes(options: DevRoutesOptions) {
  const routes = new Hono<HttpEnv>();
  const { clock } = options;
  restResource(routes, '/clock', {
    GET: (c) => c.json(clockState(clock)),
    POST: (c) => moveClock(c, options),
  });
  return routes;
}

async function moveClock(c: HttpContext, { clock, expiry }: DevRoutesOptions): Promise<Response> {
  const body = await restBodyOf(c);
  if (typeof body !== 'string') return refuseRest(c, body);
  const parsed = clockMove.safeParse(parsedBody(body));
  if (!parsed.success) return refuseRest(c, invalidInput('', WHAT_MOVES));
  const now = clock.now();
  const byMs = 'now' in parsed.data ? parsed.data.now - now : parsed.data.advanceMs;
  if (byMs < 0) return refuseRest(c, invalidInput('now', `the clock does not go back; it is at ${now}`));
  if (byMs > MOVE_MS_MAX) {
    return refuseRest(c, invalidInput('now', `the clock moves by at most ${MOVE_MS_MAX} ms at a time`));
  }
  clock.advance(byMs);
  await expiry.sweepNow();
  return c.json(clockState(clock));
}

const clockState = (clock: MovableClock) => {
  const now = clock.now();
  return { now, iso: new Date(now).toISOString() };
};

function parsedBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
