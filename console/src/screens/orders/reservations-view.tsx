import { useNavigate } from '@tanstack/react-router';
import { usePages } from '../../live/use-pages.ts';
import { MoreButton } from '../../parts/more-button.tsx';
import { useOperator } from '../../session/operator-context.ts';
import { DETAIL } from '../../detail-text.ts';
import type { Reservation } from './order-status.tsx';
import { ReservationList } from './reservation-list.tsx';
import { StatusChoice } from './status-choice.tsx';

const STATUSES = Object.keys(DETAIL.reservations.statuses) as Reservation['status'][];

/** All reservations, or those of a status, newest first. */
export function ReservationsView({ status: given }: { status: string | undefined }) {
  const { client } = useOperator();
  const navigate = useNavigate();
  const status = STATUSES.find((each) => each === given);
  const pages = usePages<Reservation>({
    queryKey: ['reservations', status],
    read: (at, signal) => client.reservations.list.query({ ...(status && { status }), limit: 50, ...at }, { signal }),
  });
  return (
    <>
      <StatusChoice
        names={DETAIL.reservations.statuses}
        value={status}
        onChoose={(next) => void navigate({ to: '/orders', search: { view: 'reservations', status: next } })}
      />
      <ReservationList
        label={DETAIL.orders.views.reservations}
        rows={pages.rows}
        error={pages.error}
        onRetry={() => void pages.refetch()}
        footer={pages.hasNextPage && <MoreButton pages={pages} />}
      />
    </>
  );
}
