import { QueryClient } from '@tanstack/react-query';
import { createTRPCContext } from '@trpc/tanstack-react-query';
import { createHoldfastClient, type Outputs } from '@holdfast/client';
import type { AppRouter } from '@holdfast/client/trpc';

export type Cart = Outputs['cart']['get'];
export type CartLine = Cart['lines'][number];
export type Order = Outputs['checkout']['place'];
export type Money = NonNullable<Cart['total']>;

const url: string = import.meta.env.VITE_HOLDFAST_URL ?? 'http://127.0.0.1:3000';
const SESSION_KEY = 'holdfast-session';

type Session = Outputs['session']['create'];

let session: Promise<Session> | undefined;

/** The session of this browser. A real shop issues it on its server, in a cookie that scripts cannot read. */
function currentSession(): Promise<Session> {
  session ??= findSession().catch((error: unknown) => {
    session = undefined;
    throw error;
  });
  return session;
}

async function findSession(): Promise<Session> {
  const kept = JSON.parse(localStorage.getItem(SESSION_KEY) ?? 'null') as Session | null;
  if (kept && kept.expiresAt > Date.now()) return kept;
  const issued = await createHoldfastClient({ url }).session.create.mutate();
  localStorage.setItem(SESSION_KEY, JSON.stringify(issued));
  return issued;
}

export const client = createHoldfastClient({ url, sessionId: async () => (await currentSession()).sessionId });

/** The name of this session, which is not a secret. */
export const currentSubject = async (): Promise<string> => (await currentSession()).subject;

/** React Query does not retry, because the client already does. */
export const queryClient = new QueryClient({
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
