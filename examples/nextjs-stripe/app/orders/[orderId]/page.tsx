import { isRefusal, type Order } from '@holdfast/client';
import { notFound } from 'next/navigation';
import { moneyText, titleOf } from '../../../lib/catalog.ts';
import { shopOfVisitor } from '../../../lib/shop.ts';
import { ActionForm } from '../../action-form.tsx';
import { backToCart, resumePayment } from '../../actions.ts';

const HEADINGS: Record<Order['status'], string> = {
  placed: 'Thank you, it is yours',
  partially_fulfilled: 'A part of it is on its way',
  fulfilled: 'It is on its way',
  awaiting_payment: 'Waiting for your payment',
  cancelled: 'Cancelled',
  expired: 'The time to pay ran out',
  refund_due: 'Sold out before your payment arrived. You get your money back.',
};

/** Stripe sends the buyer here, paid or not. The page shows what Stripe has reported so far. */
export default async function OrderPage({ params }: { params: Promise<{ orderId: string }> }) {
  const { orderId } = await params;
  const order = await orderOf(orderId);
  return (
    <>
      <h1>{HEADINGS[order.status]}</h1>
      <ul>
        {order.lines.map(({ sku, quantity }) => (
          <li key={sku}>
            {quantity} × {titleOf(sku)}
          </li>
        ))}
      </ul>
      <p>
        {order.total && moneyText(order.total)} · order {orderId}
      </p>
      {order.status === 'awaiting_payment' && <Unpaid orderId={orderId} />}
    </>
  );
}

/** The session sees its own orders only. */
async function orderOf(orderId: string): Promise<Order> {
  const shop = await shopOfVisitor();
  if (!shop) notFound();
  try {
    return await shop.orders.get.query({ orderId });
  } catch (error) {
    if (isRefusal(error, 'unknown_order', 'invalid_input')) notFound();
    throw error;
  }
}

function Unpaid({ orderId }: { orderId: string }) {
  return (
    <>
      <p>If you have paid, reload this page in a moment.</p>
      <ActionForm action={resumePayment} label="Pay now">
        <input type="hidden" name="orderId" value={orderId} />
      </ActionForm>
      <ActionForm action={backToCart} label="Back to the cart">
        <input type="hidden" name="orderId" value={orderId} />
      </ActionForm>
    </>
  );
}
