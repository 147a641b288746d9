import { number } from '../format.ts';
import { AgeText } from '../parts/moment-text.tsx';
import { Badge } from '../parts/badge.tsx';
import { Button } from '../parts/button.tsx';
import { Countdown } from '../parts/countdown.tsx';
import type { TableColumn } from '../parts/data-table.tsx';
import { DETAIL } from '../detail-text.ts';
import { originOf } from './cart-origin.ts';
import { type Hold, isReleasable } from './hold-owner.ts';
import { OwnerLink } from './owner-link.tsx';
import { SkuLink } from './sku-link.tsx';
import styles from './shared.module.css';

const SKU: TableColumn<Hold> = { id: 'sku', header: 'SKU', cell: ({ row }) => <SkuLink sku={row.original.sku} /> };

const COMMON: readonly TableColumn<Hold>[] = [
  {
    id: 'owner',
    header: DETAIL.holds.owner,
    cell: ({ row: { original } }) => (
      <div className={styles.stack}>
        <OwnerLink owner={original.owner} from={originOf(original)} />
        {original.client && <span className={styles.small}>{original.client}</span>}
        {original.location && <span className={styles.small}>{original.location}</span>}
      </div>
    ),
  },
  {
    id: 'quantity',
    header: DETAIL.holds.quantity,
    meta: { align: 'right' },
    cell: ({ row }) => number(row.original.quantity),
  },
  {
    id: 'state',
    header: DETAIL.holds.state,
    meta: { hide: 'narrow' },
    cell: ({ row: { original } }) => (
      <Badge tone={original.state === 'pinned' ? 'warn' : 'neutral'}>{DETAIL.holds.states[original.state]}</Badge>
    ),
  },
  {
    id: 'age',
    header: DETAIL.holds.age,
    meta: { align: 'right', hide: 'medium' },
    cell: ({ row }) => <AgeText at={row.original.createdAt} />,
  },
  {
    id: 'deadline',
    header: DETAIL.holds.deadline,
    meta: { align: 'right' },
    cell: ({ row }) => <Countdown until={row.original.expiresAt} />,
  },
];

interface HoldColumnsOptions {
  showsSku?: boolean;
  /** Called with the hold to release. Absent: the key may not release holds. */
  onRelease?: ((hold: Hold) => void) | undefined;
}

/** Returns the columns of a table of holds. */
export const holdColumns = ({ showsSku, onRelease }: HoldColumnsOptions): TableColumn<Hold>[] => [
  ...(showsSku ? [SKU] : []),
  ...COMMON,
  ...(onRelease ? [releaseColumn(onRelease)] : []),
];

const releaseColumn = (onRelease: (hold: Hold) => void): TableColumn<Hold> => ({
  id: 'release',
  header: () => <span className="visually-hidden">{DETAIL.sku.actions}</span>,
  meta: { align: 'right' },
  cell: ({ row: { original } }) =>
    isReleasable(original) && <Button onClick={() => onRelease(original)}>{DETAIL.holds.release}</Button>,
});
