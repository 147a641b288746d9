import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { Button } from '../../parts/button.tsx';
import { Field } from '../../parts/field.tsx';
import { Card, Page } from '../../parts/page.tsx';
import { useOperator } from '../../session/operator-context.ts';
import { TEXT } from '../../text.ts';
import { ApplyDialog } from './apply-dialog.tsx';
import { ExportSection } from './export-section.tsx';
import { ImportReportView } from './import-report.tsx';
import { formatOf, useImport } from './use-import.ts';
import styles from './bulk.module.css';

const { import: text } = TEXT;

/** Imports a file after a dry run that shows what it would change, and exports all SKUs. */
export function ImportScreen() {
  // Both have the scopes of the streams, which are not procedures.
  const { may } = useOperator();
  return (
    <Page title={text.title} lead={text.lead} actions={<Link to="/stock">{text.back}</Link>}>
      {may('stock.define') && <ImportSection />}
      {may('stock.list') && <ExportSection />}
    </Page>
  );
}

function ImportSection() {
  const run = useImport();
  const [asks, setAsks] = useState<'apply' | 'again' | null>(null);
  const { file, state, apply } = run;
  const { step, checked, result } = state;
  const confirm = (reason: string): void => {
    setAsks(null);
    if (file) void apply(file, reason, asks === 'again');
  };
  return (
    <>
      <FileCard {...run} />
      {checked && step !== 'checking' && (
        <ImportReportView report={result ?? checked} isDone={result !== null}>
          {result?.alreadyImportedAt !== undefined && <Button onClick={() => setAsks('again')}>{text.again}</Button>}
          {!result?.done && checked.applied > 0 && (
            <Button look="primary" disabled={step === 'applying'} onClick={() => setAsks('apply')}>
              {text.apply}
            </Button>
          )}
        </ImportReportView>
      )}
      {asks && checked && <ApplyDialog checked={checked} onClose={() => setAsks(null)} onConfirm={confirm} />}
    </>
  );
}

/** The file, and how far the current step is. */
function FileCard({ file, state, choose, check }: ReturnType<typeof useImport>) {
  const { step, rows, checked, problem } = state;
  const isBad = file !== null && formatOf(file) === null;
  const isBusy = step === 'checking' || step === 'applying';
  return (
    <Card>
      <div className={styles.file}>
        <Field
          label={text.file}
          hint={text.fileHint}
          problem={isBad ? text.fileProblem : null}
          type="file"
          accept=".csv,.jsonl,.ndjson"
          disabled={isBusy}
          onChange={(event) => choose(event.target.files?.[0] ?? null)}
        />
        <Button
          look={checked ? 'plain' : 'primary'}
          disabled={file === null || isBad || isBusy}
          onClick={() => file && void check(file)}
        >
          {text.check}
        </Button>
      </div>
      {isBusy && <Working step={step} rows={rows} all={checked?.rows} />}
      {problem !== null && (
        <p role="alert" className={styles.problem}>
          {problem}
        </p>
      )}
    </Card>
  );
}

/** How far a step is. The number of rows is known after the dry run. */
function Working({ step, rows, all }: { step: string; rows: number; all: number | undefined }) {
  const isApplying = step === 'applying' && all !== undefined;
  return (
    <div className={styles.working}>
      <p role="status">{isApplying ? text.applying(rows, all) : text.checking(rows)}</p>
      {isApplying && <progress aria-label={text.progress} max={Math.max(1, all)} value={rows} />}
    </div>
  );
}
