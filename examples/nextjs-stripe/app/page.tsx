import { connection } from 'next/server';
import { moneyText, type Product, PRODUCTS } from '../lib/catalog.ts';
import { publicShop } from '../lib/shop.ts';
import { ActionForm } from './action-form.tsx';
import { addToCart } from './actions.ts';

type Available = Awaited<ReturnType<typeof publicShop.stock.availability.query>>[number];

const stockText = (stock: Available | undefined): string => {
  if (stock?.status === 'in_stock') return 'Available';
  if (stock?.status === 'low') return stock.available === undefined ? 'A few left' : `Only ${stock.available} left`;
  return stock?.status === 'out_of_stock' ? 'All in carts or sold. One may come back.' : 'Not on sale';
};

export default async function ProductsPage() {
  // Stock changes, so the page is rendered for each request.
  await connection();
  const stock = await publicShop.stock.availability.query({ skus: PRODUCTS.map(({ sku }) => sku) });
  return (
    <>
      <h1>Two evenings</h1>
      {PRODUCTS.map((product) => (
        <ProductPanel key={product.sku} product={product} stock={stock.find(({ sku }) => sku === product.sku)} />
      ))}
    </>
  );
}

function ProductPanel({ product, stock }: { product: Product; stock: Available | undefined }) {
  return (
    <article>
      <h2>{product.title}</h2>
      <p>{product.text}</p>
      <p>
        {moneyText(product.price)} · {stockText(stock)}
      </p>
      <ActionForm action={addToCart} label="Add to cart">
        <input type="hidden" name="sku" value={product.sku} />
        <label>
          Tickets <input type="number" name="quantity" min="1" max="10" defaultValue="1" />
        </label>
      </ActionForm>
    </article>
  );
}
