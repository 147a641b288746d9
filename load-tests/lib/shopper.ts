import { type Answer, ask, type Call, type Headers, newKey } from './wire.ts';
import type { Cart } from '../../src/contract/outputs/cart-outputs.ts';
import type { InputOf } from '../../src/contract/inputs/inputs.ts';
import type { Order } from '../../src/contract/outputs/order-outputs.ts';
import type { OutputOf, Path } from '../../src/contract/outputs/outputs.ts';
import type { ShownAvailability } from '../../src/contract/outputs/stock-outputs.ts';

type Extra<P extends Path> = Partial<NonNullable<InputOf<P>>>;

/** A shopper with a session. Each mutation has a new idempotency key unless one is given. */
export class Shopper {
  readonly sessionId: string;
  readonly #headers: Headers;

  /** `client` is the key of the client that a trusted proxy would send. Absent: the client is unknown. */
  constructor(sessionId: string, client?: string) {
    this.sessionId = sessionId;
    this.#headers = { 'x-session-id': sessionId, ...(client === undefined ? {} : { 'x-client-key': client }) };
  }

  look(...skus: string[]): Answer<ShownAvailability[]> {
    return this.ask('stock.availability', { skus });
  }

  cart(): Answer<Cart> {
    return this.ask('cart.get', undefined);
  }

  add(sku: string, quantity = 1, extra: Extra<'cart.add'> = {}): Answer<Cart & { granted: number }> {
    return this.ask('cart.add', { sku, quantity, idempotencyKey: newKey(), ...extra });
  }

  setQuantity(sku: string, quantity: number, extra: Extra<'cart.setQuantity'> = {}): Answer<Cart> {
    return this.ask('cart.setQuantity', { sku, quantity, idempotencyKey: newKey(), ...extra });
  }

  remove(sku: string, extra: Extra<'cart.remove'> = {}): Answer<Cart> {
    return this.ask('cart.remove', { sku, idempotencyKey: newKey(), ...extra });
  }

  clear(extra: Extra<'cart.clear'> = {}): Answer<Cart> {
    return this.ask('cart.clear', { idempotencyKey: newKey(), ...extra });
  }

  extend(extra: Extra<'cart.extend'> = {}): Answer<Cart> {
    return this.ask('cart.extend', { idempotencyKey: newKey(), ...extra });
  }

  /** Merges the cart of a guest. */
  merge(guest: Shopper, extra: Extra<'cart.merge'> = {}): Answer<{ cart: Cart }> {
    return this.ask('cart.merge', { fromSessionId: guest.sessionId, idempotencyKey: newKey(), ...extra });
  }

  /** Buys the whole cart in one call. */
  checkOut(extra: Extra<'checkout.place'> = {}): Answer<Order> {
    return this.ask('checkout.place', { idempotencyKey: newKey(), ...extra });
  }

  /** Pins the cart until `operator.confirm` confirms the payment. */
  beginCheckout(extra: Extra<'checkout.begin'> = {}): Answer<Order> {
    return this.ask('checkout.begin', { idempotencyKey: newKey(), ...extra });
  }

  cancel(orderId: string, extra: Extra<'checkout.cancel'> = {}): Answer<Order> {
    return this.ask('checkout.cancel', { orderId, idempotencyKey: newKey(), ...extra });
  }

  order(orderId: string): Answer<Order> {
    return this.ask('orders.get', { orderId });
  }

  ask<P extends Path>(path: P, input: InputOf<P>): Answer<OutputOf<P>> {
    return ask(this.call(path, input));
  }

  /** Returns a call for `together`. */
  call<P extends Path>(path: P, input: InputOf<P>): Call<P> {
    return { path, input, headers: this.#headers };
  }
}

/** Returns a new shopper with a session from the shop; null if it issued none. */
export function enter(): Shopper | null {
  const answer = ask({ path: 'session.create', input: {}, headers: {} });
  return answer.ok ? new Shopper(answer.value.sessionId) : null;
}

/** Returns a new shopper with a generated session id, without a call. A shop without `SESSION_SECRET` accepts it. */
export const walkIn = (client?: string): Shopper => new Shopper(newKey(), client);
