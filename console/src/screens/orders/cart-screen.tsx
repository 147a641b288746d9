import { getRouteApi } from '@tanstack/react-router';
import type { Order } from '../../../../src/client/client.ts';
import { useHoldWalk } from '../../live/use-hold-walk.ts';
import { usePages } from '../../live/use-pages.ts';
import { MoreButton } from '../../parts/more-button.tsx';
import { Page, Section } from '../../parts/page.tsx';
import { useOperator } from '../../session/operator-context.ts';
import { DETAIL } from '../../detail-text.ts';
import { HoldSelection } from './hold-selection.tsx';
import { OrderList } from './order-list.tsx';
import { placesOf, TimelineSection } from './timeline-section.tsx';

const route = getRouteApi('/carts/$cartId');
const PREFIX = 'crt_';

/** One cart, which is that of one session: what it holds, the orders of the session, and what happened. */
export function CartScreen() {
  const { cartId } = route.useParams();
  const { may } = useOperator();
  const hash = cartId.startsWith(PREFIX) ? cartId.slice(PREFIX.length) : cartId;
  return (
    <Page title={DETAIL.cart.title(cartId)} lead={DETAIL.cart.lead(hash)}>
      {may('holds.list') && (
        <HoldSelection key={cartId} filter={{ owner: `cart:${cartId}` }} empty={DETAIL.cart.empty} />
      )}
      {may('orders.list') && <OrdersOfSession key={`orders ${hash}`} hash={hash} />}
      {may('holds.list') && <CartTimeline key={`timeline ${hash}`} cartId={cartId} hash={hash} />}
    </Page>
  );
}

function OrdersOfSession({ hash }: { hash: string }) {
  const { client } = useOperator();
  const orders = usePages<Order>({
    queryKey: ['orders of session', hash],
    everyMs: false,
    read: (at, signal) => client.orders.list.query({ session: hash, limit: 25, ...at }, { signal }),
  });
  return (
    <Section title={DETAIL.orders.ofSession}>
      <OrderList
        label={DETAIL.orders.ofSession}
        rows={orders.rows}
        error={orders.error}
        onRetry={() => void orders.refetch()}
        empty={DETAIL.orders.noneOfSession}
        footer={orders.hasNextPage && <MoreButton pages={orders} />}
      />
    </Section>
  );
}

const DAY_MS = 86_400_000;

/** The movements of its holds and of its session, since its oldest hold or since yesterday. */
function CartTimeline({ cartId, hash }: { cartId: string; hash: string }) {
  const { query } = useHoldWalk({ owner: `cart:${cartId}` });
  if (!query.data) return null;
  const { holds } = query.data;
  const ids = new Set(holds.map(({ holdId }) => holdId));
  const oldest = Math.min(...holds.map(({ createdAt }) => createdAt), query.dataUpdatedAt);
  const places = placesOf(holds.map(({ sku, location = 'main' }) => ({ sku, allocations: [{ location }] })));
  return (
    <TimelineSection
      places={places}
      since={holds.length > 0 ? oldest : oldest - DAY_MS}
      owns={({ cause, holdId }) => cause.by === hash || (holdId !== undefined && ids.has(holdId))}
      version={[...ids, ...holds.map(({ version }) => version)].join()}
    />
  );
}
