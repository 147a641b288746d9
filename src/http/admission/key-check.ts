import type { IncomingMessage } from 'node:http';
import type { KeyRing } from '../../api/callers/key-ring.ts';
import { WrongKeys } from '../limits/wrong-keys.ts';
import type { Handle } from '../listener/http-server.ts';

export interface KeyCheckOptions {
  keys: Pick<KeyRing, 'of' | 'prepare' | 'isUncertain'>;
  /** Called for each request with a wrong, expired or revoked key. */
  onWrongKey: (incoming: IncomingMessage) => void;
}

/**
 * Passes requests to `next`. A request with a key waits for a read of the keys if this process does not know the key,
 * or has not read the keys for a while. All later code can then find the key without waiting.
 */
export function withKeyCheck({ keys, onWrongKey }: KeyCheckOptions, next: Handle): Handle {
  return (incoming, outgoing, requestId) => {
    const { authorization } = incoming.headers;
    if (authorization === undefined || !WrongKeys.isKey(authorization)) return next(incoming, outgoing, requestId);
    const decide = (): unknown => {
      if (!keys.of(authorization) && !keys.isUncertain) onWrongKey(incoming);
      return next(incoming, outgoing, requestId);
    };
    const reading = keys.prepare(authorization);
    return reading ? decideAfter(reading, decide) : decide();
  };
}

async function decideAfter(reading: Promise<void>, decide: () => unknown): Promise<unknown> {
  await reading;
  return decide();
}
