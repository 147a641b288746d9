import type { ReactNode } from 'react';
import type { ImportReport, RowChange, RowProblem } from '../../../../src/contract/outputs/stock-outputs.ts';
import { duration, money, number } from '../../format.ts';
import { Badge } from '../../parts/badge.tsx';
import { DataTable, type TableColumn } from '../../parts/data-table.tsx';
import { FigureTile, Figures } from '../../parts/figure-tile.tsx';
import { Section } from '../../parts/page.tsx';
import { shopNow } from '../../shop-time.ts';
import { TEXT } from '../../text.ts';
import { SkuLink } from '../sku-link.tsx';
import styles from './bulk.module.css';

const { import: text } = TEXT;

const CHANGES: TableColumn<RowChange>[] = [
  { id: 'row', header: text.row, meta: { align: 'right' }, cell: ({ row: { original } }) => number(original.row) },
  {
    id: 'sku',
    header: text.sku,
    cell: ({ row: { original } }) => (
      <span className={styles.sku}>
        {original.created ? original.sku : <SkuLink sku={original.sku} />}
        {original.created && <Badge tone="warn">{text.created}</Badge>}
        {original.location !== undefined && <small>{original.location}</small>}
      </span>
    ),
  },
  { id: 'change', header: text.change, cell: ({ row: { original } }) => <Fields change={original} /> },
];

const PROBLEMS: TableColumn<RowProblem>[] = [
  { id: 'row', header: text.row, meta: { align: 'right' }, cell: ({ row: { original } }) => number(original.row) },
  {
    id: 'sku',
    header: text.sku,
    cell: ({ row: { original } }) => <span className={styles.sku}>{original.sku ?? '–'}</span>,
  },
  {
    id: 'problem',
    header: text.problem,
    cell: ({ row: { original } }) => (
      <span className={styles.sku}>
        {original.column} {original.message}
        <small>{original.reason}</small>
      </span>
    ),
  },
];

const isMoney = (value: unknown): value is { amount: number; currency: string } =>
  typeof value === 'object' && value !== null && 'amount' in value && 'currency' in value;

function valueText(value: unknown): string {
  if (value === null || value === undefined) return text.none;
  if (isMoney(value)) return money(value);
  if (typeof value === 'number') return number(value);
  return typeof value === 'object' ? JSON.stringify(value) : String(value as string | boolean);
}

const Fields = ({ change: { fields } }: { change: RowChange }) => (
  <span className={styles.fields}>
    {fields.map((field) => (
      <span key={field.name}>
        <small>{field.name}</small> {'before' in field && <del>{valueText(field.before)}</del>}{' '}
        <ins>{valueText(field.after)}</ins>
      </span>
    ))}
  </span>
);

interface ImportReportViewProps {
  report: ImportReport;
  isDone: boolean;
  /** The buttons of the next step. */
  children: ReactNode;
}

/** The report of a dry run or of an import. */
export function ImportReportView({ report, isDone, children }: ImportReportViewProps) {
  const { rows, applied, unchanged, problemCount } = report;
  return (
    <>
      <Section title={isDone ? text.done : text.checked} note={!isDone && text.checkedNote} actions={children}>
        <Remarks report={report} isDone={isDone} />
        <Figures>
          <FigureTile label={text.rows} value={number(rows)} />
          <FigureTile label={isDone ? text.applied : text.changed} value={number(applied)} />
          <FigureTile label={text.unchanged} value={number(unchanged)} />
          <FigureTile
            label={text.problems}
            value={number(problemCount)}
            tone={problemCount > 0 ? 'danger' : 'neutral'}
          />
        </Figures>
      </Section>
      <Lists report={report} />
    </>
  );
}

function Lists({ report: { problemCount, problems, changes, applied } }: { report: ImportReport }) {
  return (
    <>
      {problemCount > 0 && (
        <Section title={text.problems} note={text.problemsListed(problems.length, problemCount)}>
          <DataTable
            label={text.problems}
            columns={PROBLEMS}
            rows={problems}
            rowId={(problem) => JSON.stringify(problem)}
            empty={text.noProblems}
          />
        </Section>
      )}
      {changes && (
        <Section title={text.changes} note={text.changesNote(changes.length, applied)}>
          <DataTable
            label={text.changes}
            columns={CHANGES}
            rows={changes}
            rowId={({ row }) => String(row)}
            empty={text.noChanges}
          />
        </Section>
      )}
    </>
  );
}

/** What is unusual about a report, one sentence each. */
function Remarks({
  report: { done, unreadable, takenOver, alreadyImportedAt },
  isDone,
}: {
  report: ImportReport;
  isDone: boolean;
}) {
  const age =
    alreadyImportedAt === undefined ? null : TEXT.parts.ago(duration(Math.max(1_000, shopNow() - alreadyImportedAt)));
  const sentences = [
    age !== null && text.already(age),
    unreadable && text.unreadable(unreadable.path, unreadable.message),
    isDone && takenOver && text.takenOver,
    isDone && !done && !unreadable && !takenOver && text.partial,
  ].filter((each) => typeof each === 'string');
  return sentences.map((sentence) => (
    <p key={sentence} className={styles.remark} role="status">
      {sentence}
    </p>
  ));
}
