import type { Connection } from '../actor/batcher-options.ts';
import type { Holdfast } from '../shop/holdfast.ts';
import { type Caller, systemCaller } from '../contract/inputs.ts';
import type { Session, Sessions } from './sessions.ts';
import type { Reason } from '../contract/wire-refusals.ts';

/** What every call has at hand, whoever makes it. */
export interface ApiServices {
  holdfast: Holdfast;
  sessions: Sessions;
  isOperator: (authorization: string | null) => boolean;
  /** Who may call `checkout.place`. */
  checkoutPlace: 'shopper' | 'operator';
  /** Told of each call when it has been answered. */
  observeCall: (call: { path: string; outcome: 'ok' | Reason; ms: number }) => void;
}

/** Few fields: tRPC copies them at every step of a call. */
export interface Context {
  holdfast: Holdfast;
  api: ApiServices;
  requestId: string;
  session: Session | null;
  operator: boolean;
  /** Where the request came from; null where that is not known. */
  connection: Connection | null;
  /** Whether the request carries an `Authorization` header, good or not. */
  hasCredentials: boolean;
  /** The caller that the procedure has let in; null before that, and where anyone may call. */
  caller: Caller | null;
}

/** The context of one request (all calls of a batch share it), from its headers. */
export const createContext = (
  api: ApiServices,
  headers: Pick<Headers, 'get'>,
  requestId: string,
  connection: Connection,
): Context => contextOf(api, headers.get('x-session-id'), headers.get('authorization'), requestId, connection);

/** The same from the values of `X-Session-ID` and `Authorization`; null: the request has no such header. */
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

/** A shopper always has a cart. */
export type SessionCaller = Caller & { kind: 'session'; cartId: string };

export const callerOf = ({ hash, customer }: Session, connection?: Connection | null): SessionCaller => ({
  kind: 'session',
  principal: hash,
  cartId: `crt_${hash}`,
  customer,
  connection: connection ?? undefined,
});
