import type { Call } from './inputs.ts';
import type { Result } from './refusals.ts';

/** A call that may change something. It takes effect once, however often it is sent with the same idempotency key. */
export type Mutation<I, O> = (input: I, call: Call) => Promise<Result<O>>;
export type Query<I, O> = (input: I) => Promise<Result<O>>;
/** A query whose answer depends on the caller. */
export type OwnQuery<I, O> = (input: I, call: Call) => Promise<Result<O>>;
