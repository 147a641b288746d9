import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type Inputs, isRefusal, newIdempotencyKey, type Outputs } from '@holdfast/client';
import { useRef } from 'react';
import { admissionTo } from './admission.ts';
import { isWorthAskingAgain } from './refusal-text.ts';
import { type Cart, type CartLine, client, type Money, useTRPC } from './shop.ts';

/** A line that the page shows already and the server has not granted yet. */
export const isPending = ({ holdId }: CartLine): boolean => holdId === '';

export function useCart() {
  const trpc = useTRPC();
  return useQuery(trpc.cart.get.queryOptions(undefined, { refetchInterval: 15_000 }));
}

/** The cart as the page knows it. Every change returns the new cart. */
function useCartCache() {
  const trpc = useTRPC();
  const cache = useQueryClient();
  const key = trpc.cart.get.queryKey();
  return {
    read: () => cache.getQueryData(key),
    write: (cart: Cart | undefined) => cache.setQueryData(key, cart),
    /** A request under way would overwrite the optimistic cart. */
    hush: () => cache.cancelQueries({ queryKey: key }),
    refresh: () => cache.invalidateQueries({ queryKey: key }),
  };
}

/** Adds to the cart. If the SKU is protected, it first gets an admission from the shop's desk. */
async function addAdmitted(input: Inputs['cart']['add']): Promise<Outputs['cart']['add']> {
  try {
    return await client.cart.add.mutate(input);
  } catch (error) {
    if (!isRefusal(error, 'admission_required')) throw error;
    return client.cart.add.mutate({ ...input, admission: await admissionTo(input.sku) });
  }
}

/** Shows the line at once. If the server refuses it, the cart is restored. */
export function useAddToCart() {
  const trpc = useTRPC();
  const cart = useCartCache();
  return useMutation({
    ...trpc.cart.add.mutationOptions({
      scope: { id: 'cart' },
      onMutate: async ({ sku, quantity }) => {
        await cart.hush();
        const before = cart.read();
        if (before) cart.write(withAdded(before, sku, quantity));
        return { before };
      },
      onSuccess: ({ granted: _, ...added }) => cart.write(added),
      onError: (_error, _input, shown) => cart.write(shown?.before),
      onSettled: cart.refresh,
    }),
    mutationFn: addAdmitted,
  });
}

function withAdded(cart: Cart, sku: string, quantity: number): Cart {
  const known = cart.lines.find((line) => line.sku === sku);
  const added: CartLine = known
    ? { ...known, quantity: known.quantity + quantity }
    : { sku, quantity, holdId: '', expiresAt: cart.serverTime };
  return { ...cart, lines: known ? cart.lines.map((line) => (line === known ? added : line)) : [...cart.lines, added] };
}

export function useSetQuantity() {
  const trpc = useTRPC();
  const cart = useCartCache();
  const options = { scope: { id: 'cart' }, onSuccess: cart.write, onSettled: cart.refresh };
  return useMutation(trpc.cart.setQuantity.mutationOptions(options));
}

export function useExtend() {
  const trpc = useTRPC();
  const cart = useCartCache();
  return useMutation(trpc.cart.extend.mutationOptions({ scope: { id: 'cart' }, onSuccess: cart.write }));
}

/**
 * One key for each attempt to buy: pressing the button again after a failure repeats the same order, and cannot create
 * a second one. The attempt ends with a final answer.
 */
export function useCheckout() {
  const trpc = useTRPC();
  const cart = useCartCache();
  const attempt = useRef<{ idempotencyKey: string; expectedTotal?: Money } | null>(null);
  const { mutate, ...state } = useMutation(
    trpc.checkout.place.mutationOptions({
      scope: { id: 'cart' },
      onSuccess: () => {
        attempt.current = null;
      },
      onError: (error) => {
        if (!isWorthAskingAgain(error)) attempt.current = null;
      },
      onSettled: cart.refresh,
    }),
  );
  const place = (total: Money | null): void => {
    attempt.current ??= { idempotencyKey: newIdempotencyKey(), ...(total ? { expectedTotal: total } : {}) };
    mutate(attempt.current);
  };
  return { ...state, place };
}
