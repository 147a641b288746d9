import { getRouteApi } from '@tanstack/react-router';
import type { Order } from '../../../../src/client/client.ts';
import { useHoldWalk } from '../../live/use-hold-walk.ts';
import { usePages } from '../../live/use-pages.ts';
import { MoreButton } from '../../parts/more-button.tsx';
import { Page, Section } from '../../parts/page.tsx';
import { useOperator } from '../../session/operator-context.ts';
import { DETAIL } from '../../detail-text.ts';
import type { CartOrigin } from '../cart-origin.ts';
import { HoldSelection } from './hold-selection.tsx';
import { OrderList } from './order-list.tsx';
import { placesOf, TimelineSection } from './timeline-section.tsx';

const route = getRouteApi('/carts/$cartId');
const PREFIX = 'crt_';

/** One cart, which is that of one session: what it holds, the orders of the session, and what happened. */
export function CartScreen() {
  const { cartId } = route.useParams();
  const from = route.useSearch();
  const { may } = useOperator();
  const hash = cartId.startsWith(PREFIX) ? cartId.slice(PREFIX.length) : cartId;
  return (
    <Page title={DETAIL.cart.title(cartId)} lead={DETAIL.cart.lead(hash)}>
      {may('holds.list') && (
        <HoldSelection key={cartId} filter={{ owner: `cart:${cartId}` }} empty={DETAIL.cart.empty} />
      )}
      {may('orders.list') && <OrdersOfSession key={`orders ${hash}`} hash={hash} />}
      {may('holds.list') && <CartTimeline key={`timeline ${hash}`} cartId={cartId} hash={hash} from={from} />}
    </Page>
  );
}

function OrdersOfSession({ hash }: { hash: string }) {
  const { client } = useOperator();
  const orders = usePages<Order>({
    queryKey: ['orders of session', hash],
    everyMs: false,
    read: (at, signal) => client.orders.list.query({ omitContact: true, session: hash, limit: 25, ...at }, { signal }),
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

interface CartTimelineProps {
  cartId: string;
  hash: string;
  from: CartOrigin;
}

/** The movements of its holds and of its session, in the ledgers of the SKUs that it holds and of that of the link. */
function CartTimeline({ cartId, hash, from: { sku: linked, location: at = 'main' } }: CartTimelineProps) {
  const { query } = useHoldWalk({ owner: `cart:${cartId}` });
  if (!query.data) return null;
  const { holds, readAt } = query.data;
  const ids = new Set(holds.map(({ holdId }) => holdId));
  const oldest = Math.min(...holds.map(({ createdAt }) => createdAt), readAt);
  const held = placesOf(holds.map(({ sku, location = 'main' }) => ({ sku, allocations: [{ location }] })));
  const isHeld = held.some(({ sku, location }) => sku === linked && location === at);
  const isBefore = linked !== undefined && !isHeld;
  const places = isBefore ? [...held, { sku: linked, location: at }] : held;
  const nothing = held.length === 0 ? DETAIL.cart.nothingNow : undefined;
  const emptyText = linked === undefined ? nothing : DETAIL.cart.noneOfSku(linked);
  return (
    <TimelineSection
      places={places}
      // It is not known when a cart had units that it has no more.
      since={isBefore ? 0 : oldest}
      empty={emptyText}
      owns={({ cause, holdId }) => cause.by === hash || (holdId !== undefined && ids.has(holdId))}
      version={[...ids, ...holds.map(({ version }) => version)].join()}
    />
  );
}
