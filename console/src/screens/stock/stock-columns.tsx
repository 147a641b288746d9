import { Link } from '@tanstack/react-router';
import type { Operator } from '../../session/operator-session.ts';
import { money, number } from '../../format.ts';
import { Badge } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import type { TableColumn } from '../../parts/data-table.tsx';
import { TEXT } from '../../text.ts';
import type { StockWork } from '../stock-dialog.tsx';
import styles from './stock-columns.module.css';
import type { StockLevel } from './use-stock-list.ts';

const { stock } = TEXT;
const LOW_UNITS = 5;

type Begin = (work: StockWork) => void;

const units = (id: 'reserved' | 'committed' | 'backordered', hide: 'narrow' | 'medium'): TableColumn<StockLevel> => ({
  id,
  header: stock[id],
  meta: { align: 'right', hide },
  cell: ({ row: { original } }) => (
    <span className={original[id] === 0 ? styles.none : ''}>{number(original[id])}</span>
  ),
});

/** The columns, with the actions that the key may do. */
export function stockColumns(may: Operator['may'], begin: Begin): TableColumn<StockLevel>[] {
  return [
    { id: 'sku', header: stock.sku, cell: ({ row: { original } }) => <Name level={original} /> },
    {
      id: 'available',
      header: stock.available,
      meta: { align: 'right' },
      cell: ({ row: { original } }) => <Available level={original} />,
    },
    {
      id: 'onHand',
      header: stock.onHand,
      meta: { align: 'right' },
      cell: ({ row: { original } }) => <OnHand level={original} begin={may('stock.count') ? begin : null} />,
    },
    units('reserved', 'narrow'),
    units('committed', 'narrow'),
    units('backordered', 'medium'),
    {
      id: 'price',
      header: stock.price,
      meta: { align: 'right', hide: 'medium' },
      cell: ({ row: { original } }) => (original.unitPrice ? money(original.unitPrice) : ''),
    },
    ...(may('stock.receive') || may('stock.adjust') ? [actions(may, begin)] : []),
  ];
}

function Name({ level: { sku, title, components } }: { level: StockLevel }) {
  return (
    <div className={styles.name}>
      <Link to="/stock/$sku" params={{ sku }} className={styles.sku}>
        {sku}
      </Link>
      {components && <Badge>{stock.kit}</Badge>}
      {title && <span className={styles.title}>{title}</span>}
    </div>
  );
}

function Available({ level: { available } }: { level: StockLevel }) {
  if (available > LOW_UNITS) return <span className={styles.units}>{number(available)}</span>;
  return (
    <span className={styles.available}>
      <Badge tone={available === 0 ? 'danger' : 'warn'}>{available === 0 ? stock.out : stock.low}</Badge>
      <span className={styles.units}>{number(available)}</span>
    </span>
  );
}

/** The units on hand, as a button that begins a count. A kit has none of its own. */
function OnHand({ level, begin }: { level: StockLevel; begin: Begin | null }) {
  if (level.components) return <span className={styles.none}>–</span>;
  if (!begin) return number(level.onHand);
  return (
    <Button
      look="quiet"
      className={styles.count}
      aria-label={stock.countLabel(level.sku, number(level.onHand))}
      title={stock.count}
      onClick={() => begin({ kind: 'count', level })}
    >
      {number(level.onHand)}
    </Button>
  );
}

const actions = (may: Operator['may'], begin: Begin): TableColumn<StockLevel> => ({
  id: 'actions',
  header: () => <span className="visually-hidden">{stock.actions}</span>,
  meta: { align: 'right' },
  cell: ({ row: { original: level } }) =>
    level.components ? null : (
      <span className={styles.actions}>
        {(['receive', 'adjust'] as const)
          .filter((kind) => may(`stock.${kind}`))
          .map((kind) => (
            <Button key={kind} onClick={() => begin({ kind, level })} aria-label={`${stock[kind]} ${level.sku}`}>
              {stock[kind]}
            </Button>
          ))}
      </span>
    ),
});
