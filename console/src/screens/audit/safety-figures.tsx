import { skipToken, useQuery } from '@tanstack/react-query';
import type { Outputs } from '../../../../src/client/client.ts';
import type { ShopStatus } from '../../live/use-status.ts';
import { FigureTile, Figures } from '../../parts/figure-tile.tsx';
import { AgeText } from '../../parts/moment-text.tsx';
import { useOperator, useTRPC } from '../../session/operator-context.ts';
import { TEXT } from '../../text.ts';
import { DETAIL } from '../../detail-text.ts';

const { audit: text } = DETAIL;
const { overview } = TEXT;
const EVENTS_READ = 500;

interface SafetyFiguresProps {
  status: ShopStatus | undefined;
  /** The audit of this tab. */
  audit: Outputs['admin']['audit'] | undefined;
}

/** What else keeps the books safe: backups, the age of the last audit, and how durable a write is. */
export function SafetyFigures({ status, audit }: SafetyFiguresProps) {
  return (
    <Figures>
      <LastAudit last={status?.lastAudit} audit={audit} />
      <BackupTile />
      {status && (
        <FigureTile
          label={overview.durability}
          value={overview.durabilities[status.durability]}
          note={overview.durabilityNotes[status.durability]}
        />
      )}
      <FigureTile label={text.ledger} value={text.ledgerValue} note={text.ledgerNote} />
    </Figures>
  );
}

interface LastAuditProps {
  last: ShopStatus['lastAudit'];
  audit: SafetyFiguresProps['audit'];
}

/** The newest audit that is known: that of this tab, or of the server process. */
function LastAudit({ last, audit }: LastAuditProps) {
  const { may } = useOperator();
  if (!audit && !may('admin.status')) {
    return <FigureTile label={text.lastAudit} value={text.unseen} note={text.unseenNote} />;
  }
  const isOwn = audit !== undefined && audit.checkedAt >= (last?.at ?? 0);
  const at = isOwn ? audit.checkedAt : last?.at;
  const violations = isOwn ? audit.violations.length : last?.violations;
  const note = isOwn
    ? text.ofThisTab(audit.violations.length)
    : last
      ? text.earlier(last.violations)
      : text.earlierNone;
  return (
    <FigureTile
      label={text.lastAudit}
      value={at === undefined ? overview.auditNever : <AgeText at={at} />}
      note={note}
      tone={violations ? 'danger' : 'neutral'}
    />
  );
}

/** The last backup that went over the API, which events record. */
function BackupTile() {
  const { may } = useOperator();
  const input = may('admin.events') ? { limit: EVENTS_READ } : skipToken;
  const events = useQuery(useTRPC().admin.events.queryOptions(input)).data?.items;
  const backup = events?.find(({ what }) => what === 'admin.backup');
  return (
    <FigureTile
      label={text.lastBackup}
      value={backup ? <AgeText at={backup.at} /> : events && text.noBackup}
      note={backup ? text.backupBy(backup.by) : events && text.noBackupNote(EVENTS_READ)}
    />
  );
}
