import type { TRPCClient, TRPCClientError } from '@trpc/client';
import type { AppRouter } from '../api/router.ts';

/**
 * The types of the wire contract, as the server's code defines them. `npm run pack` writes them out in full, so that
 * the package of the client does not depend on the server.
 */
export type { AppRouter, Inputs, Outputs } from '../api/router.ts';
export type { WireErrorData } from '../api/wire-errors.ts';
export type { Cart, CartAddition, CartLine } from '../contract/outputs/cart-outputs.ts';
export type { Order, OrderLine } from '../contract/outputs/order-outputs.ts';
export type { LostLine, Money } from '../contract/output-fields.ts';
export type { ImportReport, RowChange, RowProblem, StockLevel } from '../contract/outputs/stock-outputs.ts';
export type { MetaOf, Reason, WireRefusal } from '../contract/calls/wire-refusals.ts';

/** A client with a method for each procedure: `query`, `mutate` or `subscribe`. */
export type HoldfastClient = TRPCClient<AppRouter>;

/** The error of a call. Its message is for people; `isRefusal` and `reasonOf` are for programs. */
export type CallError = Omit<TRPCClientError<AppRouter>, 'data'>;
