import { Link, useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Countdown } from '../../parts/countdown.tsx';
import { DataTable, type TableColumn } from '../../parts/data-table.tsx';
import { MomentText } from '../../parts/moment-text.tsx';
import { DETAIL } from '../../detail-text.ts';
import { LinesText } from './order-list.tsx';
import { type Reservation, ReservationStatus } from './order-status.tsx';
import shared from '../shared.module.css';

const COLUMNS: readonly TableColumn<Reservation>[] = [
  {
    id: 'reservation',
    header: DETAIL.reservations.reservation,
    cell: ({ row: { original } }) => (
      <div className={shared.stack}>
        <Link
          to="/reservations/$reservationId"
          params={{ reservationId: original.reservationId }}
          className={shared.id}
        >
          {original.reservationId}
        </Link>
        <span className={shared.small}>{original.reference}</span>
      </div>
    ),
  },
  {
    id: 'status',
    header: DETAIL.orders.status,
    cell: ({ row }) => <ReservationStatus status={row.original.status} />,
  },
  {
    id: 'created',
    header: DETAIL.orders.created,
    meta: { hide: 'narrow' },
    cell: ({ row }) => <MomentText at={row.original.createdAt} />,
  },
  { id: 'lines', header: DETAIL.orders.lines, cell: ({ row }) => <LinesText lines={row.original.lines} /> },
  {
    id: 'expires',
    header: DETAIL.reservations.expires,
    meta: { align: 'right', hide: 'narrow' },
    cell: ({ row: { original } }) => original.status === 'reserved' && <Countdown until={original.expiresAt} />,
  },
];

interface ReservationListProps {
  label: string;
  rows: readonly Reservation[] | undefined;
  error: unknown;
  onRetry: () => void;
  footer?: ReactNode;
}

/** Reservations, of which each opens its screen. */
export function ReservationList(props: ReservationListProps) {
  const navigate = useNavigate();
  return (
    <DataTable
      {...props}
      empty={DETAIL.reservations.none}
      columns={COLUMNS}
      rowId={({ reservationId }) => reservationId}
      onOpen={({ reservationId }) => void navigate({ to: '/reservations/$reservationId', params: { reservationId } })}
    />
  );
}
