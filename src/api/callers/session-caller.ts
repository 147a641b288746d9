import type { Caller } from '../../contract/calls/call.ts';
import { shortHash } from '../../transact/documents/ids.ts';
import { cartIdOfSession } from '../../transact/documents/names.ts';
import { customerName } from './sessions.ts';

const SESSION_ID = /^[A-Za-z0-9_.-]{8,128}$/;

/**
 * Returns the caller of a shopper's calls in process. It has the cart that the session id has over HTTP. Checks only
 * the form of the id: the program must have verified that the shopper owns the session and is the customer. Throws
 * `TypeError` for an id that is not 8 to 128 of `A-Za-z0-9_.-`.
 */
export function sessionCaller(sessionId: string, { customerId }: { customerId?: string } = {}): Caller {
  if (!SESSION_ID.test(sessionId)) throw new TypeError('a session id has 8 to 128 of A-Za-z0-9_.-');
  const hash = shortHash('session', sessionId);
  const customer = customerId === undefined ? null : customerName(customerId);
  return { kind: 'session', principal: hash, cartId: cartIdOfSession(hash), customer };
}
