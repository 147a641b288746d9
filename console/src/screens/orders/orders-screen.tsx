import { getRouteApi, Link } from '@tanstack/react-router';
import { NoScope } from '../../parts/no-scope.tsx';
import { Page } from '../../parts/page.tsx';
import { useOperator } from '../../session/operator-context.ts';
import { TEXT } from '../../text.ts';
import { DETAIL } from '../../detail-text.ts';
import { FindForm } from './find-form.tsx';
import { FoundLists } from './found-lists.tsx';
import { HoldsView } from './holds-view.tsx';
import { OrdersView } from './orders-view.tsx';
import { ReservationsView } from './reservations-view.tsx';
import styles from '../../parts/tabs.module.css';

const route = getRouteApi('/orders');

/** Orders, reservations and holds: one of the three lists, or what was found. */
export function OrdersScreen() {
  const { view = 'orders', find, status } = route.useSearch();
  return (
    <Page title={TEXT.screens.orders} lead={DETAIL.orders.lead}>
      <FindForm key={`form ${find}`} start={find ?? ''} />
      {find === undefined && <Tabs current={view} />}
      {find !== undefined && <FoundLists key={`found ${find}`} text={find} />}
      {find === undefined && <View view={view} status={status} />}
    </Page>
  );
}

type ViewName = 'orders' | 'reservations' | 'holds';

function View({ view, status }: { view: ViewName; status: string | undefined }) {
  const { may } = useOperator();
  const reads = TABS.filter((each) => each.view === view).map((each) => each.reads);
  if (!reads.some(may)) return <NoScope reads={reads} />;
  if (view === 'holds') return <HoldsView />;
  return view === 'orders' ? <OrdersView status={status} /> : <ReservationsView status={status} />;
}

const TABS = [
  { view: 'orders', reads: 'orders.list' },
  { view: 'reservations', reads: 'reservations.list' },
  { view: 'holds', reads: 'holds.list' },
] as const;

function Tabs({ current }: { current: ViewName }) {
  const { may } = useOperator();
  return (
    <nav aria-label={TEXT.screens.orders}>
      <ul className={styles.tabs}>
        {TABS.filter(({ reads }) => may(reads)).map(({ view }) => (
          <li key={view}>
            <Link
              to="/orders"
              search={view === 'orders' ? {} : { view }}
              // Without it, the link without a view counts as the present one on each view.
              activeOptions={{ exact: true }}
              className={styles.tab}
              aria-current={view === current ? 'page' : undefined}
            >
              {DETAIL.orders.views[view]}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
