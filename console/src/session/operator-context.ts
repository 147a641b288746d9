import { createContext, useContext } from 'react';
import { createTRPCContext } from '@trpc/tanstack-react-query';
import type { AppRouter } from '../../../src/client/trpc.ts';
import type { Operator } from './operator-session.ts';

interface SignedIn extends Operator {
  signOut: () => void;
}

export const OperatorContext = createContext<SignedIn | null>(null);

/** Returns the operator who is signed in. Screens are only shown to one. */
export function useOperator(): SignedIn {
  const operator = useContext(OperatorContext);
  if (!operator) throw new Error('useOperator needs an operator who is signed in');
  return operator;
}

/** `useTRPC()` returns the options of every procedure for `useQuery`, `useInfiniteQuery` and `useMutation`. */
export const { TRPCProvider, useTRPC } = createTRPCContext<AppRouter>();
