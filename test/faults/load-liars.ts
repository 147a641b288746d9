import type { Cart } from '../../src/contract/outputs/cart-outputs.ts';
import type { Order } from '../../src/contract/outputs/order-outputs.ts';
import type { Call, Exchange, Liar, Lie } from '../support/lying-proxy.ts';

const isRefused = ({ status }: Exchange): boolean => status === 409;

/** Replaces every n-th answer of a procedure. */
function everyNth(n: number, procedure: string, lie: (exchange: Exchange) => Lie): Liar {
  let calls = 0;
  return {
    after: (exchange) => {
      if (exchange.procedure !== procedure || exchange.value === undefined) return null;
      calls += 1;
      return calls % n === 0 ? lie(exchange) : null;
    },
  };
}

const shortOf = ({ input }: Call): Lie => {
  const { sku, quantity } = input as { sku: string; quantity: number };
  return {
    status: 409,
    reason: 'insufficient_stock',
    meta: { lines: [{ sku, requested: quantity, available: 0 }] },
  };
};

/** Replaces refusals of late shoppers with a cart and an order. `orderFor` creates it from an existing one. */
function sellsToTheLate(orderFor: (order: Order, sessionId: string) => Order): Liar {
  let [cart, order]: [Cart | undefined, Order | undefined] = [undefined, undefined];
  return {
    after: (exchange) => {
      const { procedure, sessionId = '', value, input } = exchange;
      const isOfSale = procedure !== 'cart.add' || (input as { sku: string }).sku.endsWith('-sale');
      if (value !== undefined && procedure === 'cart.add' && isOfSale) cart = value as Cart;
      const isOfSaleOrder = (value as Order | undefined)?.lines?.[0]?.sku.endsWith('-sale');
      if (value !== undefined && procedure === 'checkout.place' && isOfSaleOrder) order = value as Order;
      if (value !== undefined || !isOfSale || !cart || !order) return null;
      if (procedure === 'cart.add' && isRefused(exchange)) return { value: cart };
      return procedure === 'checkout.place' ? { value: orderFor(order, sessionId) } : null;
    },
  };
}

/** Every late shopper receives an order that exists already. */
const somebodyElsesOrder = (): Liar => sellsToTheLate((order) => order);

/** Every late shopper receives an order that does not exist. */
const inventedOrder = (): Liar =>
  sellsToTheLate((order, sessionId) => ({ ...order, orderId: `ord_${sessionId.slice(-12)}` }));

/** A sold order is answered as one that awaits its payment. */
const unpaidOrder = (): Liar =>
  everyNth(5, 'checkout.place', ({ value }) => ({ value: { ...(value as Order), status: 'awaiting_payment' } }));

/** A held unit is answered as unavailable. */
const deniedHold = (): Liar => everyNth(5, 'cart.add', shortOf);

/** A checkout that sold is answered as one that did not. */
const deniedSale = (): Liar =>
  everyNth(5, 'checkout.place', ({ value }) =>
    shortOf({ procedure: '', sessionId: '', input: (value as Order).lines[0] }),
  );

/** A refusal does not name the SKU that is short. */
const vagueRefusal = (): Liar => ({
  after: (exchange) => {
    const isRefusal = exchange.procedure === 'cart.add' && isRefused(exchange);
    return isRefusal ? { status: 409, reason: 'insufficient_stock', meta: { lines: [] } } : null;
  },
});

/** Some additions never reach the server, so the units stay in stock. */
function refusedWithoutAsking(): Liar {
  let calls = 0;
  return {
    before: (call) => {
      if (call.procedure !== 'cart.add') return null;
      calls += 1;
      return calls % 3 === 0 ? shortOf(call) : null;
    },
  };
}

/** An order of several lines is answered without its last one. */
const shortenedOrder = (): Liar =>
  everyNth(1, 'checkout.place', ({ value }) => {
    const order = value as Order;
    return order.lines.length > 1 ? { value: { ...order, lines: order.lines.slice(0, -1) } } : null;
  });

/** A cart is answered from a cache, with its state after the last addition. */
function cachedCart(): Liar {
  const carts = new Map<string | undefined, unknown>();
  return {
    after: ({ procedure, sessionId, value }) => {
      if (procedure === 'cart.add' && value !== undefined) carts.set(sessionId, value);
      const cached = carts.get(sessionId);
      return procedure === 'cart.get' && cached !== undefined ? { value: cached } : null;
    },
  };
}

/** A line has one unit more than was held. */
const generousCart = (): Liar =>
  everyNth(5, 'cart.add', ({ value }) => {
    const cart = value as Cart;
    return { value: { ...cart, lines: cart.lines.map((line) => ({ ...line, quantity: line.quantity + 1 })) } };
  });

/** Availability is larger than it ever was. */
const inflatedStock = (): Liar =>
  everyNth(5, 'stock.availability', ({ value }) => ({
    value: (value as { available: number }[]).map((seen) => ({ ...seen, available: seen.available + 1_000 })),
  }));

/** A key that is reused for another input is answered with its first effect. */
function forgivenKey(): Liar {
  const values = new Map<string, unknown>();
  return {
    after: ({ input, status, value }) => {
      const { idempotencyKey: key } = (input ?? {}) as { idempotencyKey?: string };
      if (key === undefined) return null;
      if (value !== undefined) values.set(key, value);
      return status === 422 && values.has(key) ? { value: values.get(key) } : null;
    },
  };
}

/** Each answer to one key names a different hold. */
const manyHolds = (): Liar =>
  everyNth(2, 'cart.add', ({ value }) => {
    const cart = value as Cart;
    return { value: { ...cart, lines: cart.lines.map((line) => ({ ...line, holdId: `${line.holdId}x` })) } };
  });

/** A payment of an order that was cancelled or has expired is answered as a sale. */
function paidAnyway(): Liar {
  const orders = new Map<string, Order>();
  return {
    after: ({ procedure, input, status, value }) => {
      if (procedure === 'checkout.begin' && value !== undefined) orders.set((value as Order).orderId, value as Order);
      const order = orders.get((input as { orderId?: string } | undefined)?.orderId ?? '');
      const isLate = procedure === 'checkout.confirm' && status === 409 && order !== undefined;
      return isLate ? { value: { ...order, status: 'placed' } } : null;
    },
  };
}

/** A begun checkout is answered with the order of the previous shopper. */
function borrowedOrder(): Liar {
  let order: unknown;
  return everyNth(5, 'checkout.begin', ({ value }) => {
    const lie: Lie = order === undefined ? null : { value: order };
    order ??= value;
    return lie;
  });
}

/** The options of `stress` for the mutants: the start of the ramp, and the length of the ramp and of its top. */
const [CALM_MS, LOAD_MS] = [3_000, 6_000];

/** Under load no shopper is served. */
function deafUnderLoad(): Liar {
  let first = 0;
  return {
    before: ({ procedure }) => {
      if (procedure !== 'cart.add') return null;
      first ||= Date.now();
      const since = Date.now() - first;
      if (since < CALM_MS || since > CALM_MS + LOAD_MS) return null;
      return { status: 429, reason: 'overloaded', meta: { retryAfterMs: 1_000 } };
    },
  };
}

/** An order is answered with a different one. */
const otherOrder = (): Liar =>
  everyNth(1, 'orders.get', ({ value }) => ({ value: { ...(value as Order), orderId: 'ord_another' } }));

/** An answer is empty. */
const emptyAnswer = (): Liar => everyNth(1, 'cart.add', () => ({ value: {} }));

/** Every liar, by its name in docs/load-tests-fooled.md. */
export const LIARS = {
  somebodyElsesOrder,
  inventedOrder,
  unpaidOrder,
  deniedHold,
  deniedSale,
  vagueRefusal,
  refusedWithoutAsking,
  shortenedOrder,
  cachedCart,
  generousCart,
  inflatedStock,
  forgivenKey,
  manyHolds,
  paidAnyway,
  borrowedOrder,
  deafUnderLoad,
  otherOrder,
  emptyAnswer,
} satisfies Record<string, () => Liar>;
