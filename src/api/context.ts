import type { Connection } from '../actor/batcher-options.ts';
import type { Holdfast } from '../shop/holdfast.ts';
import { type Caller, systemCaller } from '../contract/call.ts';
import type { Session, Sessions } from './sessions.ts';
import type { Reason } from '../contract/wire-refusals.ts';

/** The services of a process, which all calls share. */
export interface ApiServices {
  holdfast: Holdfast;
  sessions: Sessions;
  isOperator: (authorization: string | null) => boolean;
  /** The class of callers that may call `checkout.place`. */
  checkoutPlace: 'shopper' | 'operator';
  /** Called after each call with its outcome. */
  observeCall: (call: { path: string; outcome: 'ok' | Reason; ms: number }) => void;
}

/** The context of a call. It has few fields, because tRPC copies them at every step of a call. */
export interface Context {
  holdfast: Holdfast;
  api: ApiServices;
  requestId: string;
  session: Session | null;
  operator: boolean;
  /** The connection of the request; null if it is unknown. */
  connection: Connection | null;
  /** Whether the request has an `Authorization` header, valid or not. */
  hasCredentials: boolean;
  /** The caller that the procedure's guard has admitted; null before that, and for procedures without a caller. */
  caller: Caller | null;
}

/** Returns the context of one request from its headers. All calls of a batch share it. */
export const createContext = (
  api: ApiServices,
  headers: Pick<Headers, 'get'>,
  requestId: string,
  connection: Connection,
): Context => contextOf(api, headers.get('x-session-id'), headers.get('authorization'), requestId, connection);

/** Returns the context from the values of `X-Session-ID` and `Authorization`; null for a header that is absent. */
export const contextOf = (
  api: ApiServices,
  sessionId: string | null,
  authorization: string | null,
  requestId: string,
  connection: Connection,
): Context => ({
  holdfast: api.holdfast,
  api,
  requestId,
  session: api.sessions.open(sessionId),
  operator: authorization !== null && api.isOperator(authorization),
  hasCredentials: authorization !== null,
  connection,
  caller: null,
});

export const OPERATOR: Caller = systemCaller('operator');

/** A caller with a session always has a cart. */
export type SessionCaller = Caller & { kind: 'session'; cartId: string };

export const callerOf = ({ hash, customer }: Session, connection?: Connection | null): SessionCaller => ({
  kind: 'session',
  principal: hash,
  cartId: `crt_${hash}`,
  customer,
  connection: connection ?? undefined,
});
