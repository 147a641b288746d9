import { type KeyboardEvent, type ReactNode, useRef } from 'react';
import { type ColumnDef, type RowData, tableFeatures, useTable } from '@tanstack/react-table';
import { TEXT } from '../text.ts';
import { EmptyState } from './empty-state.tsx';
import { ErrorText } from './error-text.tsx';
import styles from './data-table.module.css';

const FEATURES = tableFeatures({});
const SKELETON_ROWS = 6;

/** Where a column is placed: numbers are at the right, and `narrow` columns are hidden on narrow screens. */
interface ColumnLook {
  align?: 'right';
  hide?: 'narrow' | 'medium';
}

export type TableColumn<T extends RowData> = ColumnDef<typeof FEATURES, T> & { meta?: ColumnLook };

export interface DataTableProps<T extends RowData> {
  /** What the rows are, for screen readers. */
  label: string;
  columns: readonly TableColumn<T>[];
  /** Undefined while the first page is loading. */
  rows: readonly T[] | undefined;
  rowId: (row: T) => string;
  /** Called with the row by a click or by Enter. Its first cell should have the same link. */
  onOpen?: (row: T) => void;
  error?: unknown;
  onRetry?: () => void;
  empty: ReactNode;
  /** Below the rows: a button for the next page. */
  footer?: ReactNode;
}

const NO_ROWS: readonly never[] = [];

/**
 * A table with its loading, empty and error states. The arrow keys move the focus from row to row, Enter opens one, and
 * Home and End go to the ends.
 */
export function DataTable<T extends RowData>(props: DataTableProps<T>) {
  const { label, columns, rows, error, onRetry, empty, footer } = props;
  const table = useTable({ features: FEATURES, columns: columns as TableColumn<T>[], data: (rows ?? NO_ROWS) as T[] });
  const hasFailed = error !== null && error !== undefined;
  return (
    <div className={styles.frame}>
      {hasFailed && <ErrorText error={error} onRetry={onRetry} />}
      {(rows !== undefined || !hasFailed) && (
        <div className={styles.scroll} role="group" aria-label={label} tabIndex={0}>
          <table className={styles.table} aria-busy={rows === undefined}>
            <caption className="visually-hidden">{label}</caption>
            <Head table={table} />
            <Body {...props} table={table} />
          </table>
        </div>
      )}
      {rows?.length === 0 && !hasFailed && (typeof empty === 'string' ? <EmptyState title={empty} /> : empty)}
      {footer && <div className={styles.footer}>{footer}</div>}
    </div>
  );
}

type TableOf<T extends RowData> = ReturnType<typeof useTable<typeof FEATURES, T>>;

const Head = <T extends RowData>({ table }: { table: TableOf<T> }) => (
  <thead>
    {table.getHeaderGroups().map((group) => (
      <tr key={group.id}>
        {group.headers.map((header) => (
          <th key={header.id} scope="col" className={lookOf(header.column.columnDef.meta)}>
            {drawn(header.column.columnDef.header, header.getContext())}
          </th>
        ))}
      </tr>
    ))}
  </thead>
);

function Body<T extends RowData>(props: DataTableProps<T> & { table: TableOf<T> }) {
  const body = useRef<HTMLTableSectionElement>(null);
  return (
    <tbody ref={body} onKeyDown={(event) => moveFocus(event, body.current)}>
      {props.rows === undefined ? <Skeleton columns={props.columns.length} /> : <Rows {...props} />}
    </tbody>
  );
}

function Rows<T extends RowData>({ table, rowId, onOpen }: DataTableProps<T> & { table: TableOf<T> }) {
  return table.getRowModel().rows.map((row, index) => (
    <tr
      key={rowId(row.original)}
      tabIndex={onOpen ? (index === 0 ? 0 : -1) : undefined}
      className={onOpen ? styles.opens : undefined}
      onClick={onOpen && ((event) => !isControl(event.target) && onOpen(row.original))}
      onKeyDown={
        onOpen && ((event) => event.key === 'Enter' && event.target === event.currentTarget && onOpen(row.original))
      }
    >
      {row.getAllCells().map((cell) => (
        <td key={cell.id} className={lookOf(cell.column.columnDef.meta)}>
          {drawn(cell.column.columnDef.cell, cell.getContext())}
        </td>
      ))}
    </tr>
  ));
}

/**
 * Calls the function of a cell. Drawn as a component, each new list of columns would replace the buttons of all rows,
 * and the focus would be lost.
 */
const drawn = <C,>(what: ReactNode | ((context: C) => ReactNode), context: C): ReactNode =>
  typeof what === 'function' ? what(context) : what;

function Skeleton({ columns }: { columns: number }) {
  return Array.from({ length: SKELETON_ROWS }, (_, row) => (
    <tr key={row}>
      {Array.from({ length: columns }, (_, column) => (
        <td key={column}>
          {row + column === 0 && <span className="visually-hidden">{TEXT.parts.loading}</span>}
          <span className={styles.bar} aria-hidden="true" />
        </td>
      ))}
    </tr>
  ));
}

function lookOf(look: ColumnLook | undefined): string {
  const hidden = look?.hide === undefined ? '' : (styles[look.hide] ?? '');
  return `${look?.align === 'right' ? (styles.right ?? '') : ''} ${hidden}`;
}

/** A click on a link, a button or an input of a row is not a click on the row. */
const isControl = (target: EventTarget): boolean =>
  target instanceof Element && target.closest('a, button, input, select, label') !== null;

function moveFocus(event: KeyboardEvent, body: HTMLTableSectionElement | null): void {
  const rows = [...(body?.querySelectorAll<HTMLElement>('tr[tabindex]') ?? [])];
  const at = rows.indexOf(event.target as HTMLElement);
  if (at < 0) return;
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
  const row = next === undefined ? undefined : rows[next];
  if (!row) return;
  event.preventDefault();
  for (const each of rows) each.tabIndex = each === row ? 0 : -1;
  row.focus();
}
