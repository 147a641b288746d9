import type { IncomingMessage } from 'node:http';

/** Longer ids are not sessions. */
const SESSION_CHARS_MAX = 128;

/** Returns the session id of a request as it was sent; null if it has none, or one that cannot be a session. */
export function sessionOf({ headers }: Pick<IncomingMessage, 'headers'>): string | null {
  const session = headers['x-session-id'];
  return typeof session === 'string' && session.length <= SESSION_CHARS_MAX ? session : null;
}
