import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { number } from '../../format.ts';
import { freshnessOf, READ_EVERY_MS } from '../../live/freshness.ts';
import { Countdown } from '../../parts/countdown.tsx';
import { DataTable, type TableColumn } from '../../parts/data-table.tsx';
import { ErrorText } from '../../parts/error-text.tsx';
import { MomentText } from '../../parts/moment-text.tsx';
import { Card, Page, Section } from '../../parts/page.tsx';
import { StaleMark } from '../../parts/stale-mark.tsx';
import { useTRPC } from '../../session/operator-context.ts';
import { DETAIL } from '../../detail-text.ts';
import { SkuLink } from '../sku-link.tsx';
import { Facts } from '../../parts/facts.tsx';
import { type Reservation, ReservationStatus } from './order-status.tsx';
import { ReservationActions } from './reservation-actions.tsx';
import { placesOf, TimelineSection } from './timeline-section.tsx';

const route = getRouteApi('/reservations/$reservationId');

/** One reservation: its lines, what happened to it, and what can be done with it. */
export function ReservationScreen() {
  const { reservationId } = route.useParams();
  const query = useQuery({
    ...useTRPC().reservations.get.queryOptions({ reservationId }),
    refetchInterval: READ_EVERY_MS,
  });
  const { data: reservation } = query;
  return (
    <Page
      title={DETAIL.holds.reservation(reservationId)}
      lead={reservation?.reference}
      actions={
        <>
          <StaleMark {...freshnessOf(READ_EVERY_MS, query)} />
          {reservation && <ReservationActions reservation={reservation} />}
        </>
      }
    >
      {query.error && (
        <Card>
          <ErrorText error={query.error} onRetry={() => void query.refetch()} />
        </Card>
      )}
      {reservation && <Facts rows={factsOf(reservation)} />}
      {(reservation ?? !query.error) && <Lines rows={reservation?.lines} />}
      {reservation && (
        <TimelineSection
          owner={`reservation:${reservationId}`}
          places={placesOf(reservation.lines)}
          since={reservation.createdAt}
          owns={(movement) => movement.reservationId === reservationId}
          version={reservation.version}
        />
      )}
    </Page>
  );
}

const factsOf = ({ status, reference, createdAt, expiresAt }: Reservation) =>
  [
    [DETAIL.orders.status, <ReservationStatus key="status" status={status} />],
    [DETAIL.reservations.reference, reference],
    [DETAIL.orders.created, <MomentText key="created" at={createdAt} />],
    [DETAIL.reservations.expires, status === 'reserved' ? <Countdown key="expires" until={expiresAt} /> : undefined],
  ] as const;

type Line = Reservation['lines'][number];

const Lines = ({ rows }: { rows: readonly Line[] | undefined }) => (
  <Section title={DETAIL.orders.lines}>
    <DataTable
      label={DETAIL.orders.lines}
      columns={COLUMNS}
      rows={rows}
      rowId={({ sku }) => sku}
      empty={DETAIL.orders.nothing}
    />
  </Section>
);

const units = (id: 'quantity' | 'fulfilled' | 'released', header: string): TableColumn<Line> => ({
  id,
  header,
  meta: { align: 'right' },
  cell: ({ row }) => number(row.original[id]),
});

const COLUMNS: readonly TableColumn<Line>[] = [
  { id: 'sku', header: 'SKU', cell: ({ row }) => <SkuLink sku={row.original.sku} /> },
  units('quantity', DETAIL.sku.reserved),
  units('fulfilled', DETAIL.orders.fulfilled),
  units('released', DETAIL.reservations.released),
];
