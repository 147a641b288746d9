import { idempotencyKeyOf } from '@holdfast/client';
import { useEffect } from 'react';
import { Countdown } from './countdown.tsx';
import { Notice } from './notice.tsx';
import { isWorthAskingAgain } from './refusal-text.ts';
import { type Cart, type CartLine, moneyText, nameOf, type Order } from './shop.ts';
import { isPending, useCart, useCheckout, useExtend, useSetQuantity } from './use-cart.ts';
import { useServerNow } from './use-server-now.ts';

export function CartPanel() {
  const { data: cart, error, refetch } = useCart();
  const now = useServerNow(cart);
  const checkout = useCheckout();
  const firstDeadline = deadlineOf(cart);
  const isOver = firstDeadline !== null && firstDeadline <= now;
  useEffect(() => {
    // The server has removed the line by now. It reports what was lost.
    if (isOver) void refetch();
  }, [isOver, refetch]);
  return (
    <section className="cart" aria-labelledby="cart-title">
      <h2 id="cart-title">Your cart</h2>
      {cart && <Lost cart={cart} />}
      {checkout.data && !cart?.lines.length && <Thanks order={checkout.data} />}
      {!cart && !error && <p className="muted">Loading …</p>}
      {cart && cart.lines.length === 0 && !checkout.data && <p className="muted">Nothing in it yet.</p>}
      {cart && cart.lines.length > 0 && <Lines cart={cart} now={now} deadline={firstDeadline} />}
      {cart && cart.lines.length > 0 && (
        <button
          type="button"
          className="primary"
          disabled={checkout.isPending || cart.lines.some(isPending)}
          onClick={() => checkout.place(cart.total)}
        >
          {checkout.isPending ? 'Ordering …' : `Buy now${cart.total ? ` for ${moneyText(cart.total)}` : ''}`}
        </button>
      )}
      {checkout.error && (
        <Notice
          error={checkout.error}
          askAgain={isWorthAskingAgain(checkout.error) ? () => checkout.place(cart?.total ?? null) : undefined}
        />
      )}
      {error && <Notice error={error} askAgain={() => void refetch()} />}
    </section>
  );
}

const deadlineOf = (cart: Cart | undefined): number | null => {
  const deadlines = (cart?.lines ?? []).filter((line) => !isPending(line)).map(({ expiresAt }) => expiresAt);
  return deadlines.length === 0 ? null : Math.min(...deadlines);
};

function Lines({ cart, now, deadline }: { cart: Cart; now: number; deadline: number | null }) {
  const change = useSetQuantity();
  const extend = useExtend();
  const failed = change.error ? change : null;
  return (
    <>
      {deadline !== null && <Countdown deadline={deadline} now={now} extend={() => extend.mutate()} />}
      <ul className="lines">
        {cart.lines.map((line) => (
          <Line key={line.sku} line={line} setQuantity={(quantity) => change.mutate({ sku: line.sku, quantity })} />
        ))}
      </ul>
      {failed && (
        <Notice
          error={failed.error}
          askAgain={
            isWorthAskingAgain(failed.error) && failed.variables
              ? () => change.mutate({ ...failed.variables, idempotencyKey: idempotencyKeyOf(failed.error) })
              : undefined
          }
        />
      )}
      {extend.error && <Notice error={extend.error} />}
    </>
  );
}

function Line({ line, setQuantity }: { line: CartLine; setQuantity: (quantity: number) => void }) {
  const { sku, quantity, unitPrice } = line;
  const pending = isPending(line);
  return (
    <li className={pending ? 'line pending' : 'line'}>
      <div>
        <p>{nameOf(sku)}</p>
        <p className="muted">{pending ? 'Reserving …' : unitPrice && moneyText(unitPrice)}</p>
      </div>
      <div className="stepper" role="group" aria-label={`Pieces of ${nameOf(sku)}`}>
        <button type="button" aria-label="One less" disabled={pending} onClick={() => setQuantity(quantity - 1)}>
          −
        </button>
        <output>{quantity}</output>
        <button type="button" aria-label="One more" disabled={pending} onClick={() => setQuantity(quantity + 1)}>
          +
        </button>
      </div>
    </li>
  );
}

function Lost({ cart }: { cart: Cart }) {
  const inCart = new Set(cart.lines.map(({ sku }) => sku));
  const lost = cart.expired.filter(({ sku }) => !inCart.has(sku));
  if (lost.length === 0) return null;
  return (
    <div className="notice" role="status">
      <ul>
        {lost.map(({ sku, quantity, at }) => (
          <li key={`${sku} ${at}`}>
            {quantity} × {nameOf(sku)} went back on sale at{' '}
            {new Date(at).toLocaleTimeString('en', { timeStyle: 'short' })}: the time had run out.
          </li>
        ))}
      </ul>
    </div>
  );
}

function Thanks({ order }: { order: Order }) {
  return (
    <div className="thanks" role="status">
      <p>
        <strong>Thank you, it is yours.</strong>
      </p>
      <p className="muted">
        {order.total && `${moneyText(order.total)}, `}order <code>{order.orderId}</code>
      </p>
    </div>
  );
}
