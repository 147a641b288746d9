import { ShedAnswer } from './admission/shed-answer.ts';
import type { Handle } from './listener/http-server.ts';
import { NOT_FOUND } from './listener/refusal-answer.ts';

/** The normal form, which nearly all requests have: it is served as it is. */
const NORMAL = /^(?:\/[\w~!$&'()*+,;=:@-][\w.~!$&'()*+,;=:@-]*)+(?:\?[^#]*)?$/;
/** A proxy may name the server, as RFC 9112 allows. */
const AUTHORITY = /^https?:\/\/[\w.:[\]-]+(?=\/)/i;
/** The characters of a path by RFC 3986. The parser of URLs would change some others, such as a backslash. */
const PATH_FORM = /^\/(?:[\w.~!$&'()*+,;=:@/-]|%[\da-f]{2})*$/i;
const ESCAPE = /%[\da-f]{2}/gi;
/** Escapes of these characters mean the same as the characters: the unreserved ones, and the comma of a batch. */
const NEEDS_NO_ESCAPE = /[\w.~,-]/;

/**
 * Returns the normal form of a request's target: a path and a query. The path has no unnecessary escapes, and no slash
 * at its end. Returns null for a target that parsers read differently: with dot segments, empty segments, a fragment,
 * or characters that a path cannot have.
 */
export function normalTarget(target: string): string | null {
  if (NORMAL.test(target)) return target;
  const local = target.replace(AUTHORITY, '');
  if (local.includes('#')) return null;
  const end = local.includes('?') ? local.indexOf('?') : local.length;
  const path = local.slice(0, end);
  if (!PATH_FORM.test(path)) return null;
  const segments = path.replace(ESCAPE, plainOf).slice(1).split('/');
  if (segments.length > 1 && segments.at(-1) === '') segments.pop();
  if (segments.some((segment) => segment === '.' || segment === '..')) return null;
  if (segments.length > 1 && segments.includes('')) return null;
  return `/${segments.join('/')}${local.slice(end)}`;
}

function plainOf(escape: string): string {
  const character = String.fromCharCode(Number.parseInt(escape.slice(1), 16));
  return NEEDS_NO_ESCAPE.test(character) ? character : escape.toUpperCase();
}

/**
 * Replaces the target of each request by its normal form before other code reads it. So the limits, the classes and the
 * routes use the same path. Refuses a request without a normal form with `not_found`, before anything else is done.
 */
export function withServedTarget(corsOrigins: readonly string[], next: Handle): Handle {
  const refusals = new ShedAnswer(corsOrigins);
  return (incoming, outgoing, requestId) => {
    const target = normalTarget(incoming.url ?? '');
    if (target === null) return refusals.send(incoming, outgoing, requestId, NOT_FOUND);
    if (target !== incoming.url) incoming.url = target;
    return next(incoming, outgoing, requestId);
  };
}
