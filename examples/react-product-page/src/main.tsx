import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { trpcClientOf } from '@holdfast/client/trpc';
import { Account } from './account.tsx';
import { CartPanel } from './cart-panel.tsx';
import { ProductPanel } from './product-panel.tsx';
import { client, queryClient, TRPCProvider } from './shop.ts';
import './style.css';

const root = document.getElementById('root');
if (!root) throw new Error('the page has no #root');

createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <TRPCProvider trpcClient={trpcClientOf(client)} queryClient={queryClient}>
        <main className="page">
          <ProductPanel />
          <div>
            <CartPanel />
            <Account />
          </div>
        </main>
      </TRPCProvider>
    </QueryClientProvider>
  </StrictMode>,
);
