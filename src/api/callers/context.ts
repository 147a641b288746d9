import type { Context as TraceContext } from '@opentelemetry/api';
import type { Connection } from '../../actor/batcher-options.ts';
import type { Holdfast } from '../../shop/holdfast.ts';
import type { AccessKey } from '../../contract/calls/access-key.ts';
import type { Caller } from '../../contract/calls/call.ts';
import type { KeyRing } from './key-ring.ts';
import { cartIdOfSession } from '../../transact/documents/names.ts';
import type { CallGate } from './call-gate.ts';
import type { Session, Sessions } from './sessions.ts';
import type { ShopDirectory } from './shop-directory.ts';
import type { Tracing } from '../../transact/tracing.ts';
import type { ShopStatus } from '../../contract/outputs/status-outputs.ts';
import type { Reason } from '../../contract/calls/wire-refusals.ts';

export interface ApiServices {
  holdfast: Holdfast;
  sessions: Sessions;
  keys: KeyRing;
  /** The class of callers that may call `checkout.place`. */
  checkoutPlace: 'shopper' | 'operator';
  /** Called after each call with its outcome. */
  observeCall: (call: ObservedCall) => void;
  /** Returns what this process observes about the shop and itself. */
  status: () => ShopStatus;
  /** Returns shop time as this process knows it, without a call of the store. */
  shopNow: () => number;
  /** Null: no spans are recorded. */
  tracing: Tracing | null;
  shops: ShopDirectory;
}

export interface ObservedCall {
  path: string;
  outcome: 'ok' | Reason;
  ms: number;
  from: CallSource;
}

/** The request of a call, and who has sent it. */
export interface CallSource {
  requestId: string;
  session?: Pick<Session, 'hash'> | null;
  client: string | undefined;
}

/** The context of a call. It has few fields, because tRPC copies them at every step of a call. */
export interface Context {
  holdfast: Holdfast;
  api: Omit<ApiServices, 'holdfast'>;
  requestId: string;
  session: Session | null;
  /** The valid key of the request; null without one. */
  key: AccessKey | null;
  /** The connection of the request; null if it is unknown. */
  connection: Connection | null;
  /** The client of the request, `clt_...`; undefined if it is unknown. */
  client: string | undefined;
  /** Bounds the calls of a large batch that run at the same time; null for other requests. */
  gate: CallGate | null;
  /** Whether the request has an `Authorization` header, valid or not. */
  hasCredentials: boolean;
  /** The context of the parent span of the request; null if no spans are recorded. */
  parent: TraceContext | null;
  /** The span of the call; null if none is recorded, or if the context is that of several calls. */
  trace: TraceContext | null;
  /** The caller that the procedure's guard has admitted; null before that, and for procedures without a caller. */
  caller: Caller | null;
}

/** Where a request comes from. */
export interface Origin {
  requestId: string;
  connection: Connection;
  client: string | undefined;
  gate?: CallGate | null;
  parent: TraceContext | null;
}

/** The values of `X-Session-ID` and `Authorization`; null for a header that is absent. */
export interface Credentials {
  sessionId: string | null;
  authorization: string | null;
}

export const credentialsIn = (headers: Pick<Headers, 'get'>): Credentials => ({
  sessionId: headers.get('x-session-id'),
  authorization: headers.get('authorization'),
});

/** Returns the context of one request. All calls of a batch share it. */
export const createContext = (
  api: ApiServices,
  { sessionId, authorization }: Credentials,
  { requestId, connection, client, gate = null, parent }: Origin,
): Context => ({
  holdfast: api.holdfast,
  api,
  requestId,
  session: api.sessions.open(sessionId, client),
  key: authorization === null ? null : api.keys.of(authorization),
  hasCredentials: authorization !== null,
  connection,
  client,
  gate,
  parent,
  trace: null,
  caller: null,
});

/** Returns the holder of a key as the caller of a request. */
export const keyHolderOf = (
  { caller }: AccessKey,
  { client, requestId }: Pick<Context, 'client' | 'requestId'>,
): Caller => (client === undefined ? { ...caller, requestId } : { ...caller, client, requestId });

/** A caller with a session always has a cart. */
export type SessionCaller = Caller & { kind: 'session'; cartId: string };

export const callerOf = (
  { hash, customer }: Session,
  { connection, client, requestId }: Partial<Pick<Context, 'connection' | 'client' | 'requestId'>> = {},
): SessionCaller => ({
  kind: 'session',
  principal: hash,
  cartId: cartIdOfSession(hash),
  customer,
  client,
  requestId,
  connection: connection ?? undefined,
});

/** Returns the caller with the span of the call, of which its transactions are a part. */
export const tracedCaller = <C extends Caller | null>(caller: C, trace: TraceContext | null): C =>
  trace && caller ? { ...caller, trace } : caller;
