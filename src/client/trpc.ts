import type { TRPCClient } from '@trpc/client';
import type { AppRouter, HoldfastClient } from './wire-types.ts';

export type { AppRouter };

/**
 * Returns the same client with the type that tRPC's own tools expect, such as `@trpc/tanstack-react-query`. It is not
 * part of the client, because the types of tRPC refer to those of Node.
 */
export const trpcClientOf = (client: HoldfastClient): TRPCClient<AppRouter> => client;
