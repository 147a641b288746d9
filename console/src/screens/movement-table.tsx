import { type ReactNode, useMemo } from 'react';
import { change, number } from '../format.ts';
import type { Movement } from '../live/ledger-walk.ts';
import { DataTable, type TableColumn } from '../parts/data-table.tsx';
import { MomentText } from '../parts/moment-text.tsx';
import { DETAIL } from '../detail-text.ts';
import { ActorText } from './actor-text.tsx';
import { originOf } from './cart-origin.ts';
import { OwnerLink } from './owner-link.tsx';
import { SkuLink } from './sku-link.tsx';
import styles from './shared.module.css';

/** A number before and after a movement: `50 → 47`, or the number alone where it stayed. */
function SpanText({ span: { before, after } }: { span: Movement['onHand'] }) {
  if (before === after) return <span className={styles.same}>{number(after)}</span>;
  return <span className={styles.span}>{DETAIL.ledger.change(number(before), number(after))}</span>;
}

/** Kinds whose quantity is a change, and so may be negative. */
const SIGNED: ReadonlySet<Movement['kind']> = new Set(['adjusted', 'counted', 'resized', 'recommitted', 'assembled']);

/** Who took each hold, as far as its first movement is among the rows. */
type Takers = ReadonlyMap<string, string>;

interface CauseOptions {
  shown: string | undefined;
  takers: Takers;
}

const takersOf = (rows: readonly Movement[] = []): Takers =>
  new Map(rows.flatMap(({ kind, holdId, cause }) => (kind === 'reserved' && holdId ? [[holdId, cause.by]] : [])));

/** Whose hold it is, for a movement that its owner has not caused. */
function HoldText({ movement, takers }: { movement: Movement; takers: Takers }) {
  const { holdId = '' } = movement;
  const taker = takers.get(holdId);
  if (taker === undefined) return <span className={styles.id}>{DETAIL.ledger.hold(holdId)}</span>;
  return <ActorText by={taker} from={originOf(movement)} />;
}

/** Why a movement happened: who caused it, with which reason, and for which order or reservation besides `shown`. */
function CauseCell({ movement, shown, takers }: CauseOptions & { movement: Movement }) {
  const { cause, orderId, reservationId, holdId } = movement;
  const owner = orderId ? `order:${orderId}` : reservationId ? `reservation:${reservationId}` : undefined;
  return (
    <div className={`${styles.stack} ${styles.cause}`}>
      {cause.reason !== undefined && <span className={styles.id}>{cause.reason}</span>}
      <span className={styles.small}>
        <ActorText by={cause.by} from={originOf(movement)} />
      </span>
      {owner !== undefined && owner !== shown && (
        <span className={styles.small}>
          <OwnerLink owner={owner} />
        </span>
      )}
      {owner === undefined && holdId !== undefined && takers.get(holdId) !== cause.by && (
        <span className={styles.small}>
          <HoldText movement={movement} takers={takers} />
        </span>
      )}
      {cause.reference !== undefined && (
        <span className={styles.small}>{DETAIL.ledger.reference(cause.reference)}</span>
      )}
    </div>
  );
}

const span = (id: 'onHand' | 'reserved' | 'committed', header: string, hide?: 'narrow'): TableColumn<Movement> => ({
  id,
  header,
  meta: { align: 'right', ...(hide && { hide }) },
  cell: ({ row }) => <SpanText span={row.original[id]} />,
});

const WHEN: TableColumn<Movement> = {
  id: 'at',
  header: DETAIL.sku.when,
  cell: ({ row: { original } }) => (
    <div className={styles.stack}>
      <MomentText at={original.at} />
      {original.location && <span className={styles.small}>{original.location}</span>}
    </div>
  ),
};

const WHEN_ALONE: TableColumn<Movement> = {
  id: 'at',
  header: DETAIL.sku.when,
  cell: ({ row }) => <MomentText at={row.original.at} />,
};

const LOCATION: TableColumn<Movement> = {
  id: 'location',
  header: DETAIL.sku.location,
  cell: ({ row: { original } }) => <span className={styles.id}>{original.location ?? DETAIL.sku.main}</span>,
};

const KIND: TableColumn<Movement> = {
  id: 'kind',
  header: DETAIL.sku.what,
  cell: ({ row: { original } }) => (
    <span>
      {DETAIL.ledger.kinds[original.kind]}{' '}
      {SIGNED.has(original.kind) ? change(original.quantity) : number(original.quantity)}
    </span>
  ),
};

const HELD: readonly TableColumn<Movement>[] = [
  span('reserved', DETAIL.sku.reserved, 'narrow'),
  span('committed', DETAIL.sku.committed, 'narrow'),
];

const causeColumn = (options: CauseOptions): TableColumn<Movement> => ({
  id: 'cause',
  header: DETAIL.sku.cause,
  cell: ({ row }) => <CauseCell movement={row.original} {...options} />,
});

const SKU_COLUMN: TableColumn<Movement> = {
  id: 'sku',
  header: 'SKU',
  cell: ({ row }) => <SkuLink sku={row.original.sku} />,
};

interface MovementTableProps {
  label: string;
  /** Newest first. */
  rows: readonly Movement[] | undefined;
  /** Whether the movements are of several SKUs. */
  showsSku?: boolean;
  /** Whether the movements are of a SKU at several locations, which a column names. */
  showsLocation?: boolean;
  /** Whether all movements are of a kit, whose units on hand are those in its holds. */
  isKit?: boolean;
  /** The order or reservation that the screen is about, as a hold's owner. Its rows need no link to it. */
  owner?: string | undefined;
  error: unknown;
  onRetry: () => void;
  empty: string;
  footer?: ReactNode;
}

/** Movements of the ledger, with the numbers before and after each. */
export function MovementTable({
  showsSku = false,
  showsLocation = false,
  isKit = false,
  owner,
  ...rest
}: MovementTableProps) {
  const { rows } = rest;
  const columns = useMemo(() => {
    const onHand = span('onHand', isKit ? DETAIL.sku.inHolds : DETAIL.sku.onHand);
    const cause = causeColumn({ shown: owner, takers: takersOf(rows) });
    const when = showsLocation ? [WHEN_ALONE, LOCATION] : [WHEN];
    return [...when, ...(showsSku ? [SKU_COLUMN] : []), KIND, onHand, ...HELD, cause];
  }, [showsSku, showsLocation, isKit, owner, rows]);
  return <DataTable {...rest} columns={columns} rowId={({ movementId }) => movementId} />;
}
