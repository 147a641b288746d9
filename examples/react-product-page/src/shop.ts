import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { createTRPCContext } from '@trpc/tanstack-react-query';
import { createHoldfastClient, isRefusal, type Outputs } from '@holdfast/client';
import type { AppRouter } from '@holdfast/client/trpc';

export type Cart = Outputs['cart']['get'];
export type CartLine = Cart['lines'][number];
export type Order = Outputs['checkout']['place'];
export type Money = NonNullable<Cart['total']>;

const url: string = import.meta.env.VITE_HOLDFAST_URL ?? 'http://127.0.0.1:3000';

type Session = Outputs['session']['create'];

/** The session of this page, in memory only: the shop's own server keeps it, in a cookie that scripts cannot read. */
let session: Promise<Session> | undefined;

async function fetchSession(path: string, init?: RequestInit): Promise<Session> {
  const response = await fetch(`/session${path}`, init);
  if (!response.ok) throw new Error(`the shop gives no session: ${response.status}`);
  return (await response.json()) as Session;
}

function use(next: Promise<Session>): Promise<Session> {
  session = next;
  next.catch(() => {
    session = undefined;
  });
  return next;
}

const currentSession = (): Promise<Session> => session ?? use(fetchSession('/'));

export const client = createHoldfastClient({ url, sessionId: async () => (await currentSession()).sessionId });

/** The name of this session, which is not a secret. */
export const currentSubject = async (): Promise<string> => (await currentSession()).subject;

/** Replaces the session by one of the customer. The cart moves with it. Rejects if the password is wrong. */
export async function logIn(name: string, password: string): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const next = await fetchSession('/login', { method: 'POST', headers, body: JSON.stringify({ name, password }) });
  await changeTo(Promise.resolve(next));
}

/** Revokes the session, and begins another one as a guest. */
export const logOut = (): Promise<void> => changeTo(fetchSession('/logout', { method: 'POST' }));

async function changeTo(next: Promise<Session>): Promise<void> {
  await use(next);
  await queryClient.resetQueries();
}

/** Begins a new session if the server does not accept the current one, which an operator may have revoked. */
const renewIfRefused = (error: unknown): void => {
  if (isRefusal(error, 'session_required')) void changeTo(fetchSession('/renew', { method: 'POST' }));
};

/** React Query does not retry, because the client already does. */
export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: renewIfRefused }),
  mutationCache: new MutationCache({ onError: renewIfRefused }),
  defaultOptions: { queries: { retry: false, staleTime: 1_000 }, mutations: { retry: false } },
});

export const { TRPCProvider, useTRPC } = createTRPCContext<AppRouter>();

/** What the page sells: one SKU for each size. */
export const PRODUCT = {
  title: 'The keeper tee',
  text: 'Heavy organic cotton, cut straight, made to be kept. Put one into your cart and it is yours to buy until the clock runs out: nobody else can take it.',
  price: { amount: 3_400, currency: 'EUR' },
  sizes: [
    { sku: 'KEEPER-S', label: 'S' },
    { sku: 'KEEPER-M', label: 'M' },
    { sku: 'KEEPER-L', label: 'L' },
    { sku: 'KEEPER-XL', label: 'XL' },
  ],
} as const;

export const nameOf = (sku: string): string => {
  const size = PRODUCT.sizes.find((each) => each.sku === sku);
  return size ? `${PRODUCT.title}, ${size.label}` : sku;
};

export const moneyText = ({ amount, currency }: Money): string => {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  return format.format(amount / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
};
