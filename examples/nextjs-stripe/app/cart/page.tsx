import { moneyText, titleOf } from '../../lib/catalog.ts';
import { shopOfVisitor } from '../../lib/shop.ts';
import { ActionForm } from '../action-form.tsx';
import { pay, removeLine } from '../actions.ts';

export default async function CartPage() {
  const shop = await shopOfVisitor();
  const cart = await shop?.cart.get.query();
  if (!cart || cart.lines.length === 0) {
    return (
      <>
        <h1>Cart</h1>
        <p>Your cart is empty.</p>
      </>
    );
  }
  return (
    <>
      <h1>Cart</h1>
      <p>Held for you until {new Date(cart.expiresAt).toLocaleTimeString('en', { timeStyle: 'short' })}.</p>
      <ul>
        {cart.lines.map(({ sku, quantity }) => (
          <li key={sku}>
            {quantity} × {titleOf(sku)}
            <ActionForm action={removeLine} label="Remove">
              <input type="hidden" name="sku" value={sku} />
            </ActionForm>
          </li>
        ))}
      </ul>
      <ActionForm action={pay} label={cart.total ? `Pay ${moneyText(cart.total)}` : 'Pay'} />
    </>
  );
}
