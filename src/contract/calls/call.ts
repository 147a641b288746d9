import type { Context } from '@opentelemetry/api';
import type { Connection } from '../../actor/batcher-options.ts';
import type { ServiceReason, WireRefusal } from './wire-refusals.ts';

export { REQUEST_ID_PATTERN } from '../../domain/limits.ts';

/** The caller of a service, already authenticated. */
export interface Caller {
  kind: 'session' | 'operator';
  /** `operator`, or the session's hash: names the caller in transaction ids, orders and the ledger. */
  principal: string;
  /** The session's own cart, `crt_...`; null for an operator. */
  cartId: string | null;
  /** `customer:<hash>` of a bound session; null for a session that is its own customer. */
  customer: string | null;
  /** An operator calls on behalf of this session. Limits that apply only to shoppers do not apply to the call. */
  byOperator?: true;
  /**
   * `clt_<hash>` of the network client, for caps and limits by client. Absent: it is unknown, and none of them applies.
   */
  client?: string | undefined;
  /** The `X-Request-ID` of the call, for the ledger and for orders. Absent: they have none. */
  requestId?: string | undefined;
  /** The span of the call. Absent: in this process, a call is a part of the span that is active. */
  trace?: Context | undefined;
  /** The connection that waits for the answer. Once it is destroyed, work of the call that has not begun is dropped. */
  connection?: Connection | undefined;
}

/** Whether the limits of shoppers apply to a caller. They do not apply to an operator on behalf of a session. */
export const isShopper = ({ kind, byOperator }: Caller): boolean => kind === 'session' && byOperator === undefined;

/** Returns the caller of a system task. It has an operator's rights, and `principal` names it in the ledger. */
export const systemCaller = (principal: string): Caller => ({
  kind: 'operator',
  principal,
  cartId: null,
  customer: null,
});

export interface Call {
  caller: Caller;
  /** The caller's own key, or the generated one of an `OutcomeUnknown`. Absent: one is generated. */
  idempotencyKey?: string;
}

/** A call that may change something. It takes effect once, however often it is sent with the same idempotency key. */
export type Mutation<I, O> = (input: I, call: Call) => Promise<Result<O>>;
export type Query<I, O> = (input: I) => Promise<Result<O>>;
/** A query whose answer depends on the caller. */
export type OwnQuery<I, O> = (input: I, call: Call) => Promise<Result<O>>;

/** A refusal of a service. Refusals are values, and a refused call changed nothing. Outages and bugs throw. */
export type Refusal = Extract<WireRefusal, { reason: ServiceReason }>;

export type Result<T> = { ok: true; value: T } | { ok: false; refusal: Refusal };

export const ok = <T>(value: T): Result<T> => ({ ok: true, value });

export const refuse = (refusal: Refusal): { ok: false; refusal: Refusal } => ({ ok: false, refusal });

/** Returns a refusal of the input because of one field. */
export const invalid = (path: string, message: string): { ok: false; refusal: Refusal } =>
  refuse({ reason: 'invalid_input', meta: { issues: [{ path, message }] } });

/** The outcome of a call is unknown. A retry with `idempotencyKey` resolves it. */
export class OutcomeUnknown extends Error {
  override readonly name = 'OutcomeUnknown';
  /** The caller's key or the generated one. A generated key is valid for ten minutes. */
  readonly idempotencyKey: string;

  constructor(idempotencyKey: string, options?: ErrorOptions) {
    super('the outcome of the call is not known', options);
    this.idempotencyKey = idempotencyKey;
  }
}

/** The store has only the room left that is reserved for operators. Nothing was changed. */
export class StoreIsFull extends Error {
  override readonly name = 'StoreIsFull';

  constructor() {
    super('the store is nearly full, and accepts no writes of shoppers');
  }
}

/** The process serves its maximum number of watchers. Another process may have room. */
export class TooManyWatchers extends Error {
  override readonly name = 'TooManyWatchers';
}

/** The store returned an unexpected answer: an undecodable record, or a bug. For the log, not for callers. */
export class ServiceFailure extends Error {
  override readonly name = 'ServiceFailure';
}

/**
 * Throws `ServiceFailure` if one of `records` (such as `hold:ID`) exists and cannot be decoded, so it is not read as
 * absent.
 */
export function assertReadable(view: { undecodable: readonly string[] }, ...records: string[]): void {
  const broken = records.find((record) => view.undecodable.includes(record));
  if (broken !== undefined) throw new ServiceFailure(`cannot be decoded: ${broken}`);
}
