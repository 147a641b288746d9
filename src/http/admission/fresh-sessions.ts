import type { SessionService } from '../../shop/session/session-api.ts';
import type { Handle } from '../listener/http-server.ts';

/**
 * Passes requests to `handle`. A request with a session waits for a read of the revoked and blocked sessions if this
 * process has not read them for a while. All later code can then decide without waiting.
 */
export function withFreshSessions(sessions: Pick<SessionService, 'prepare'>, handle: Handle): Handle {
  return (incoming, outgoing, requestId) => {
    const reading = incoming.headers['x-session-id'] === undefined ? null : sessions.prepare();
    return reading ? reading.then(() => handle(incoming, outgoing, requestId)) : handle(incoming, outgoing, requestId);
  };
}
