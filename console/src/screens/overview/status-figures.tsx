import { duration, number, share } from '../../format.ts';
import type { Rates } from '../../live/use-rates.ts';
import type { ShopStatus } from '../../live/use-status.ts';
import { Figures, FigureTile } from '../../parts/figure-tile.tsx';
import { TEXT } from '../../text.ts';

const { overview } = TEXT;
/** The alerts of the screen begin a little later. */
/** From this level on the server warns, too. */
const FILL_WARN = 0.8;

/** Undefined: nothing has arrived yet. */
interface StatusProps {
  status: ShopStatus | undefined;
}

export function HealthFigures({ status }: StatusProps) {
  const durability = status?.durability;
  return (
    <Figures>
      <FigureTile
        label={overview.state}
        value={status && (status.ready ? overview.ready : overview.notReady)}
        tone={status ? (status.ready ? 'ok' : 'danger') : 'neutral'}
        note={status && overview.uptime(duration(status.at - status.startedAt))}
      />
      <FigureTile
        label={overview.durability}
        value={durability && overview.durabilities[durability]}
        tone={durability === 'none' ? 'warn' : 'neutral'}
        note={durability && overview.durabilityNotes[durability]}
      />
      <FigureTile
        label={overview.fill}
        value={status && (status.fill > 0 ? share(status.fill) : overview.unbounded)}
        tone={status && status.fill > FILL_WARN ? 'warn' : 'neutral'}
        note={status && (status.fill > 0 ? overview.fillNotes[status.engine] : overview.fillNone)}
      />
      <AuditFigure status={status} />
    </Figures>
  );
}

function AuditFigure({ status }: StatusProps) {
  const audit = status?.lastAudit;
  if (!status || !audit) {
    return (
      <FigureTile
        label={overview.audit}
        value={status && overview.auditNever}
        note={status && overview.auditNeverNote}
      />
    );
  }
  return (
    <FigureTile
      label={overview.audit}
      value={TEXT.parts.ago(duration(Math.max(1_000, status.at - audit.at)))}
      tone={audit.ok ? 'neutral' : 'danger'}
      note={audit.ok ? overview.auditOk : overview.auditViolations(audit.violations)}
    />
  );
}

export function LoadFigures({ status, rates }: StatusProps & { rates: Rates | null }) {
  const waiting = status && status.queue.arriving + status.queue.waiting;
  const refusedShare = rates && rates.calls > 0 ? rates.refused / rates.calls : 0;
  return (
    <Figures>
      <FigureTile label={overview.calls} value={rates ? rate(rates.calls) : undefined} note={overview.perSecond} />
      <FigureTile
        label={overview.refused}
        value={rates ? rate(rates.refused) : undefined}
        note={rates ? overview.refusedNote(share(refusedShare)) : undefined}
      />
      <FigureTile
        label={overview.waiting}
        value={waiting === undefined ? undefined : number(waiting)}
        note={status && (waiting ? overview.waitingNote(duration(status.queue.oldestWaitMs)) : overview.nothingWaits)}
      />
      <FigureTile
        label={overview.batch}
        value={rates ? (rates.batch === null ? '–' : rate(rates.batch)) : undefined}
        note={overview.batchNote}
      />
      <FigureTile
        label={overview.heldShare}
        value={status && (isHeld(status) ? share(status.holds.heldShareMax) : overview.heldNone)}
        note={status && (isHeld(status) ? overview.heldShareNote : overview.heldNoneNote)}
      />
      <FigureTile label={overview.watchers} value={status && number(status.watchers)} note={overview.watchersNote} />
    </Figures>
  );
}

const isHeld = ({ holds }: ShopStatus): boolean => holds.heldShareMax > 0;

/** One digit after the point for small numbers, which would else all be 0 or 1. */
const rate = (value: number): string => number(value < 10 ? Math.round(value * 10) / 10 : Math.round(value));
