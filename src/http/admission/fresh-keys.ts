import type { KeyRing } from '../../api/key-ring.ts';
import type { Handle } from '../listener/http-server.ts';

/**
 * Passes requests to `next`. A request with a key waits for a read of the keys if this process does not know the key,
 * or has not read the keys for a while. All later code can then find the key without waiting.
 */
export function withFreshKeys(keys: Pick<KeyRing, 'prepare'>, next: Handle): Handle {
  return (incoming, outgoing, requestId) => {
    const { authorization } = incoming.headers;
    const reading = authorization === undefined ? null : keys.prepare(authorization);
    const proceed = (): unknown => next(incoming, outgoing, requestId);
    return reading ? proceedAfter(reading, proceed) : proceed();
  };
}

async function proceedAfter(reading: Promise<void>, proceed: () => unknown): Promise<unknown> {
  await reading;
  return proceed();
}
