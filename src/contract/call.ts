import type { Connection } from '../actor/batcher-options.ts';
import type { Result } from './refusals.ts';

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
  /** `clt_<hash>` of the network client, by which caps and limits count. Absent: it is unknown, and none applies. */
  client?: string | undefined;
  /** The connection that waits for the answer. Once it is destroyed, work of the call that has not begun is dropped. */
  connection?: Connection | undefined;
}

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
