import { duration, number, share } from '../../format.ts';
import type { Rates } from '../../live/use-rates.ts';
import type { ShopStatus } from '../../live/use-status.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Figures, FigureTile } from '../../parts/figure-tile.tsx';
import { Card, Section } from '../../parts/page.tsx';
import { DETAIL } from '../../detail-text.ts';
import { perSecond } from './sale-signs.ts';
import styles from './sale-screen.module.css';

const { load: text } = DETAIL.sale;

interface LoadProps {
  /** Undefined: nothing has arrived yet. */
  status: ShopStatus | undefined;
  rates: Rates | null;
}

/** Requests, the queue of the process that answers, and why requests are refused. */
export function LoadSection({ status, rates }: LoadProps) {
  const waits = status && status.queue.arriving + status.queue.waiting;
  return (
    <Section title={text.title} note={text.note}>
      <Figures>
        <FigureTile label={text.requests} value={rates ? perSecond(rates.calls) : undefined} note={text.perSecond} />
        <FigureTile
          label={text.refused}
          value={rates ? perSecond(rates.refused) : undefined}
          note={rates ? text.refusedShare(share(rates.calls > 0 ? rates.refused / rates.calls : 0)) : undefined}
        />
        <FigureTile
          label={text.queue}
          value={waits === undefined ? undefined : number(waits)}
          note={status && text.queueNote(status.queue.mailboxes)}
        />
        <FigureTile label={text.oldest} value={status && duration(status.queue.oldestWaitMs)} note={text.oldestNote} />
        <FigureTile
          label={text.batch}
          value={rates ? (rates.batch === null ? '–' : perSecond(rates.batch)) : undefined}
          note={text.batchNote}
        />
      </Figures>
      <Refusals rates={rates} />
    </Section>
  );
}

/** Refusals by reason, the most frequent first. */
function Refusals({ rates }: { rates: Rates | null }) {
  const most = rates?.reasons[0]?.perSecond ?? 1;
  return (
    <Card>
      <h3 className={styles.subtitle}>{text.reasons}</h3>
      {rates?.reasons.length === 0 ? (
        <EmptyState title={text.noRefusals} />
      ) : (
        <ul className={styles.reasons} aria-label={text.reasons}>
          {rates?.reasons.map(({ reason, perSecond: rate }) => (
            <li key={reason}>
              <span className={styles.name}>{text.reasonOf(reason)}</span>
              <span className={styles.meter} aria-hidden="true">
                <span className={styles.heldPart} style={{ width: `${(100 * rate) / most}%` }} />
              </span>
              <span className={styles.number}>{text.rateOf(perSecond(rate))}</span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
