// The types of the client that follow from its procedures and refusals, as they are in the package. src/client derives
// the same ones with the types of tRPC, which refer to those of Node, so that a page could not check them.

export const DERIVED = `
/** Why the server refused a call. */
export type Reason = keyof Metas;
/** What a refusal says beside its reason. */
export type MetaOf<R extends Reason> = Metas[R];
export type WireRefusal = { [R in Reason]: { reason: R; meta: MetaOf<R> } }[Reason];
/** \`data\` of the error of a refused call. \`code\` is tRPC's name for \`httpStatus\`. */
export type WireErrorData = { code: Code; httpStatus: number; path: string; requestId: string } & WireRefusal;

/** The error of a call. Its message is for people; \`isRefusal\` and \`reasonOf\` are for programs. */
export interface CallError extends Error {
  readonly cause?: Error | undefined;
  /** What tRPC knows of the request, such as \`response\`. */
  readonly meta: Record<string, unknown> | undefined;
}

export interface CallOptions {
  /** Ends the call. */
  signal?: AbortSignal;
}
export interface SubscribeOptions<T> extends CallOptions {
  onStarted?: () => void;
  onData?: (value: T) => void;
  onError?: (error: CallError) => void;
  onStopped?: () => void;
  onComplete?: () => void;
  onConnectionStateChange?: (state: {
    type: 'state';
    state: 'idle' | 'connecting' | 'pending';
    error: CallError | null;
  }) => void;
}
interface Query<I, O> { query(input: I, options?: CallOptions): Promise<O> }
interface Mutation<I, O> { mutate(input: I, options?: CallOptions): Promise<O> }
interface Subscription<I, T> { subscribe(input: I, options: SubscribeOptions<T>): { unsubscribe(): void } }
type Call<P> = P extends { kind: 'query'; input: infer I; output: infer O }
  ? Query<I, O>
  : P extends { kind: 'mutation'; input: infer I; output: infer O }
    ? Mutation<I, O>
    : P extends { kind: 'subscription'; input: infer I; output: AsyncIterable<infer T> }
      ? Subscription<I, T>
      : never;
/** A client with a method for each procedure: \`query\`, \`mutate\` or \`subscribe\`. */
export type HoldfastClient = {
  readonly [G in keyof Procedures]: { readonly [P in keyof Procedures[G]]: Call<Procedures[G][P]> };
};
type Field<P, F> = F extends keyof P ? P[F] : never;
export type Inputs = { [G in keyof Procedures]: { [P in keyof Procedures[G]]: Field<Procedures[G][P], 'input'> } };
export type Outputs = { [G in keyof Procedures]: { [P in keyof Procedures[G]]: Field<Procedures[G][P], 'output'> } };
`;

/** The module @holdfast/client/trpc. */
export const TRPC_MODULE = `import type { TRPCClient } from '@trpc/client';
import type {
  TRPC_ERROR_CODE_NUMBER,
  TRPCBuiltRouter,
  TRPCMutationProcedure,
  TRPCQueryProcedure,
  TRPCSubscriptionProcedure,
} from '@trpc/server';
import type { HoldfastClient, Procedures, WireErrorData } from './index.js';

interface ErrorShape {
  message: string;
  /** tRPC's number for \`data.code\`. */
  code: TRPC_ERROR_CODE_NUMBER;
  data: WireErrorData;
}
interface Definition<I, O> { input: I; output: O; meta: object; errorShape: ErrorShape }
interface Root { ctx: object; meta: object; errorShape: ErrorShape; transformer: true }
type Procedure<P> = P extends { kind: 'query'; input: infer I; output: infer O }
  ? TRPCQueryProcedure<Definition<I, O>>
  : P extends { kind: 'mutation'; input: infer I; output: infer O }
    ? TRPCMutationProcedure<Definition<I, O>>
    : P extends { kind: 'subscription'; input: infer I; output: infer O }
      ? TRPCSubscriptionProcedure<Definition<I, O>>
      : never;

/** The procedures of the server, for tRPC's own tools such as \`@trpc/tanstack-react-query\`. */
export type AppRouter = TRPCBuiltRouter<Root, {
  [G in keyof Procedures]: { [P in keyof Procedures[G]]: Procedure<Procedures[G][P]> };
}>;

/** Returns the same client with the type that tRPC's own tools expect. */
export declare const trpcClientOf: (client: HoldfastClient) => TRPCClient<AppRouter>;
`;
