import { Link, useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Order } from '../../../../src/client/client.ts';
import { money } from '../../format.ts';
import { DataTable, type TableColumn } from '../../parts/data-table.tsx';
import { MomentText } from '../../parts/moment-text.tsx';
import { DETAIL } from '../../detail-text.ts';
import { OrderStatus } from './order-status.tsx';
import shared from '../shared.module.css';

const LINES_SHOWN = 2;

/** The first lines of an order or a reservation. */
export function LinesText({ lines }: { lines: readonly { sku: string; quantity: number }[] }) {
  return (
    <div className={shared.stack}>
      {lines.slice(0, LINES_SHOWN).map(({ sku, quantity }, index) => (
        <span key={index} className={shared.id}>
          {DETAIL.orders.line(quantity, sku)}
        </span>
      ))}
      {lines.length > LINES_SHOWN && (
        <span className={shared.small}>{DETAIL.orders.more(lines.length - LINES_SHOWN)}</span>
      )}
    </div>
  );
}

const COLUMNS: readonly TableColumn<Order>[] = [
  {
    id: 'order',
    header: DETAIL.orders.order,
    cell: ({ row: { original } }) => (
      <Link to="/orders/$orderId" params={{ orderId: original.orderId }} className={shared.id}>
        {original.orderId}
      </Link>
    ),
  },
  { id: 'status', header: DETAIL.orders.status, cell: ({ row }) => <OrderStatus status={row.original.status} /> },
  {
    id: 'created',
    header: DETAIL.orders.created,
    meta: { hide: 'narrow' },
    cell: ({ row }) => <MomentText at={row.original.createdAt} />,
  },
  { id: 'lines', header: DETAIL.orders.lines, cell: ({ row }) => <LinesText lines={row.original.lines} /> },
  {
    id: 'payment',
    header: DETAIL.orders.payment,
    meta: { hide: 'medium' },
    cell: ({ row }) => <span className={shared.id}>{row.original.paymentReference}</span>,
  },
  {
    id: 'total',
    header: DETAIL.orders.total,
    meta: { align: 'right', hide: 'narrow' },
    cell: ({ row: { original } }) => (original.total ? money(original.total) : DETAIL.orders.noPrice),
  },
];

interface OrderListProps {
  label: string;
  rows: readonly Order[] | undefined;
  error: unknown;
  onRetry: () => void;
  empty?: string;
  footer?: ReactNode;
}

/** Orders, of which each opens its screen. */
export function OrderList({ empty = DETAIL.orders.none, ...rest }: OrderListProps) {
  const navigate = useNavigate();
  return (
    <DataTable
      {...rest}
      empty={empty}
      columns={COLUMNS}
      rowId={({ orderId }) => orderId}
      onOpen={({ orderId }) => void navigate({ to: '/orders/$orderId', params: { orderId } })}
    />
  );
}
