import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { Suspense, useEffect, useMemo, useState } from 'react';
import { trpcClientOf } from '../../../src/client/trpc.ts';
import { OperatorContext, TRPCProvider } from '../session/operator-context.ts';
import { forgetKey, isKeyRefused, type Operator, signIn, storedKey } from '../session/operator-session.ts';
import { router } from './router.tsx';
import { SignIn } from './sign-in.tsx';
import { loadInBackground } from '../parts/background-load.ts';
import { lazyDialog } from '../parts/lazy-part.tsx';

const NoticeRegion = lazyDialog(() => import('../parts/notice-region.tsx'));

type State = { is: 'opening' } | { is: 'signedOut'; error: unknown } | { is: 'signedIn'; operator: Operator };

/** The whole console: the sign-in, and the screens for an operator who is signed in. */
export function Console() {
  const [state, setState] = useState<State>(() =>
    storedKey() === null ? { is: 'signedOut', error: null } : { is: 'opening' },
  );
  useEffect(() => {
    const key = storedKey();
    if (key === null) return;
    signIn(key).then(
      (operator) => setState({ is: 'signedIn', operator }),
      (error: unknown) => setState({ is: 'signedOut', error }),
    );
  }, []);
  if (state.is === 'opening') return null;
  if (state.is === 'signedOut') {
    return <SignIn error={state.error} onDone={(operator) => setState({ is: 'signedIn', operator })} />;
  }
  const signOut = (error: unknown): void => {
    forgetKey();
    setState({ is: 'signedOut', error });
  };
  return <SignedIn operator={state.operator} signOut={signOut} />;
}

function SignedIn({ operator, signOut }: { operator: Operator; signOut: (error: unknown) => void }) {
  const queryClient = useMemo(() => {
    const onError = (error: unknown): void => {
      if (isKeyRefused(error)) signOut(error);
    };
    return new QueryClient({
      queryCache: new QueryCache({ onError }),
      mutationCache: new MutationCache({ onError }),
      // The client retries by itself. The next reading follows soon in any case.
      defaultOptions: { queries: { retry: false, staleTime: 1_000 }, mutations: { retry: false } },
    });
  }, [operator]);
  useEffect(loadInBackground, []);
  const context = useMemo(() => ({ ...operator, signOut: () => signOut(null) }), [operator]);
  return (
    <OperatorContext value={context}>
      <QueryClientProvider client={queryClient}>
        <TRPCProvider trpcClient={trpcClientOf(operator.client)} queryClient={queryClient}>
          <RouterProvider router={router} />
          <Suspense>
            <NoticeRegion />
          </Suspense>
        </TRPCProvider>
      </QueryClientProvider>
    </OperatorContext>
  );
}
