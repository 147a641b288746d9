import { skipToken, useQuery } from '@tanstack/react-query';
import type { ShopStatus } from '../../live/use-status.ts';
import { FigureTile, Figures } from '../../parts/figure-tile.tsx';
import { AgeText } from '../../parts/moment-text.tsx';
import { useOperator, useTRPC } from '../../session/operator-context.ts';
import { TEXT } from '../../text.ts';

const { audit: text, overview } = TEXT;
const EVENTS_READ = 500;

interface SafetyFiguresProps {
  status: ShopStatus | undefined;
  /** When the audit of this tab was made. */
  checkedAt: number | undefined;
}

/** What else keeps the books safe: backups, the age of the last audit, and how durable a write is. */
export function SafetyFigures({ status, checkedAt }: SafetyFiguresProps) {
  const last = status?.lastAudit;
  const auditedAt = Math.max(checkedAt ?? 0, last?.at ?? 0);
  return (
    <Figures>
      <FigureTile
        label={text.lastAudit}
        value={auditedAt > 0 ? <AgeText at={auditedAt} /> : overview.auditNever}
        note={last ? text.earlier(last.violations) : text.earlierNone}
        tone={last && !last.ok ? 'danger' : 'neutral'}
      />
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
