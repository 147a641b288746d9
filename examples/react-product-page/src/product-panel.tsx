import { idempotencyKeyOf } from '@holdfast/client';
import { type SubmitEvent, useState } from 'react';
import { Notice } from './notice.tsx';
import { ProductPicture } from './product-picture.tsx';
import { isWorthAskingAgain } from './refusal-text.ts';
import { moneyText, PRODUCT } from './shop.ts';
import { useAddToCart } from './use-cart.ts';
import { type Stock, useStock } from './use-stock.ts';

const SKUS = PRODUCT.sizes.map(({ sku }) => sku);
const ADDED_MAX = 10;

const stockText = (stock: Stock | undefined): string => {
  if (!stock) return 'Looking up what there is …';
  if (stock.status === 'in_stock') return 'In stock';
  if (stock.status === 'low') return `Only ${stock.available} left`;
  return stock.status === 'out_of_stock' ? 'All in carts or sold. One may come back.' : 'Not for sale';
};

export function ProductPanel() {
  const [sku, setSku] = useState<string>(PRODUCT.sizes[1].sku);
  const [quantity, setQuantity] = useState(1);
  const stock = useStock(SKUS);
  const add = useAddToCart();
  const chosen = stock.get(sku);
  const choose = (size: string): void => {
    setSku(size);
    // A notice about the other size does not apply any more.
    if (!add.isPending) add.reset();
  };
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    add.mutate({ sku, quantity });
  };
  return (
    <article className="product" aria-labelledby="product-title">
      <ProductPicture />
      <div className="facts">
        <h1 id="product-title">{PRODUCT.title}</h1>
        <p className="price">{moneyText(PRODUCT.price)}</p>
        <p className="muted">{PRODUCT.text}</p>
        <form onSubmit={submit}>
          <fieldset className="sizes">
            <legend>Size</legend>
            {PRODUCT.sizes.map((size) => (
              <SizeChoice
                key={size.sku}
                label={size.label}
                stock={stock.get(size.sku)}
                isChosen={size.sku === sku}
                choose={() => choose(size.sku)}
              />
            ))}
          </fieldset>
          <p className={`stock ${chosen?.status ?? 'unknown'}`} role="status">
            {stockText(chosen)}
          </p>
          <div className="buy">
            <label>
              Pieces
              <select value={quantity} onChange={(event) => setQuantity(Number(event.target.value))}>
                {Array.from({ length: ADDED_MAX }, (_, n) => (
                  <option key={n + 1}>{n + 1}</option>
                ))}
              </select>
            </label>
            <button type="submit" className="primary" disabled={chosen?.status === 'out_of_stock'}>
              Add to cart
            </button>
          </div>
        </form>
        {add.error && (
          <Notice
            error={add.error}
            askAgain={
              isWorthAskingAgain(add.error) && add.variables
                ? () => add.mutate({ ...add.variables, idempotencyKey: idempotencyKeyOf(add.error) })
                : undefined
            }
          />
        )}
      </div>
    </article>
  );
}

interface SizeChoiceProps {
  label: string;
  stock: Stock | undefined;
  isChosen: boolean;
  choose: () => void;
}

function SizeChoice({ label, stock, isChosen, choose }: SizeChoiceProps) {
  const isGone = stock?.status === 'out_of_stock';
  return (
    <label className={isGone ? 'size gone' : 'size'}>
      <input type="radio" name="size" checked={isChosen} onChange={choose} />
      <span aria-hidden="true">{label}</span>
      <span className="visually-hidden">{isGone ? `${label}, none left` : label}</span>
    </label>
  );
}
