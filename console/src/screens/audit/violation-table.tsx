import { Link } from '@tanstack/react-router';
import type { Outputs } from '../../../../src/client/client.ts';
import { DataTable, type TableColumn } from '../../parts/data-table.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { DETAIL } from '../../detail-text.ts';
import { SkuLink } from '../sku-link.tsx';
import styles from './audit.module.css';

type Violation = Outputs['admin']['audit']['violations'][number];

const { audit } = DETAIL;

const COLUMNS: TableColumn<Violation>[] = [
  {
    id: 'rule',
    header: audit.rule,
    cell: ({ row: { original } }) => (
      <span className={styles.rule}>
        {audit.ruleOf(original.rule)}
        <code>{original.rule}</code>
      </span>
    ),
  },
  { id: 'where', header: audit.where, cell: ({ row: { original } }) => <Where violation={original} /> },
  {
    id: 'found',
    header: audit.found,
    cell: ({ row: { original } }) => (
      <span className={styles.value}>
        {original.found}
        <small>{audit.expected(original.expected)}</small>
      </span>
    ),
  },
];

const ORDER_ID = /ord_[\w-]+/;

/** Links to what a violation is about: its SKU, the holds of the SKU, or the order that it names. */
function Where({ violation: { sku, holdId, location, found, expected } }: { violation: Violation }) {
  const orderId = ORDER_ID.exec(found)?.[0] ?? ORDER_ID.exec(expected)?.[0];
  return (
    <span className={styles.rule}>
      {sku !== undefined && <SkuLink sku={sku} />}
      {location !== undefined && <small>{location}</small>}
      {holdId !== undefined &&
        (sku === undefined ? (
          <code>{holdId}</code>
        ) : (
          <Link to="/orders" search={{ view: 'holds', sku }} className={styles.id}>
            {holdId}
          </Link>
        ))}
      {orderId !== undefined && (
        <Link to="/orders/$orderId" params={{ orderId }} className={styles.id}>
          {orderId}
        </Link>
      )}
    </span>
  );
}

export const ViolationTable = ({ violations }: { violations: readonly Violation[] }) => (
  <DataTable
    label={audit.violations}
    columns={COLUMNS}
    rows={violations}
    rowId={(violation) => JSON.stringify(violation)}
    empty={<EmptyState title={audit.noViolations}>{audit.noViolationsLead}</EmptyState>}
  />
);
