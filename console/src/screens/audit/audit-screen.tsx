import { Suspense, useState } from 'react';
import type { Outputs } from '../../../../src/client/client.ts';
import { useStatus } from '../../live/use-status.ts';
import { READ_EVERY_MS, READ_OFTEN_MS } from '../../live/freshness.ts';
import { Button } from '../../parts/button.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorText } from '../../parts/error-text.tsx';
import { Card, Page, Section } from '../../parts/page.tsx';
import { lazyDialog } from '../../parts/lazy-part.tsx';
import { useOperator } from '../../session/operator-context.ts';
import { TEXT } from '../../text.ts';
import { DETAIL } from '../../detail-text.ts';
import { AuditProgress } from './audit-progress.tsx';
import { FoldCard } from './fold-card.tsx';
import { SafetyFigures } from './safety-figures.tsx';
import { useAudit } from './use-audit.ts';
import { Verdict } from './verdict.tsx';
import { ViolationTable } from './violation-table.tsx';

const RepairDialog = lazyDialog(() => import('./repair-dialog.tsx'));

type Audit = Outputs['admin']['audit'];

const { audit: text } = DETAIL;

/** Whether the books of the shop are right, and how the units on hand came about. */
export function AuditScreen() {
  const { audit, run, startedAt } = useAudit();
  const { data, error, isFetching } = audit;
  const status = useStatus(isFetching ? READ_OFTEN_MS : READ_EVERY_MS).data;
  return (
    <Page
      title={TEXT.screens.audit}
      lead={text.lead}
      actions={
        <Button look="primary" onClick={run} disabled={isFetching}>
          {isFetching ? text.running : text.run}
        </Button>
      }
    >
      {error && <ErrorText error={error} onRetry={run} />}
      <Section title={text.verdict}>
        <Card>
          {isFetching && (
            <AuditProgress
              startedAt={startedAt}
              running={status?.runningAudit}
              lastTookMs={status?.lastAudit?.tookMs}
            />
          )}
          {!isFetching && data && <Verdict audit={data} />}
          {!isFetching && !data && <EmptyState title={text.never}>{text.neverLead}</EmptyState>}
        </Card>
      </Section>
      {data && <Result audit={data} onRepaired={run} />}
      <Section title={text.safety}>
        <SafetyFigures status={status} audit={data} />
      </Section>
    </Page>
  );
}

/** The sum of the ledger, and the violations. */
function Result({ audit: { totals, violations }, onRepaired }: { audit: Audit; onRepaired: () => void }) {
  const { may } = useOperator();
  const [isRepairing, setRepairing] = useState(false);
  const ofIndexes = violations.filter(({ rule }) => rule.startsWith('index_')).length;
  const isRepairable = ofIndexes > 0 && may('admin.repairIndexes');
  return (
    <>
      <Section title={text.fold} note={text.foldNote}>
        <FoldCard totals={totals} />
      </Section>
      <Section
        title={text.violations}
        actions={isRepairable && <Button onClick={() => setRepairing(true)}>{text.repair}</Button>}
      >
        <ViolationTable violations={violations} />
      </Section>
      <Suspense>
        {isRepairing && <RepairDialog count={ofIndexes} onClose={() => setRepairing(false)} onDone={onRepaired} />}
      </Suspense>
    </>
  );
}
