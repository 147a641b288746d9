import type { Outputs } from '../../../../src/client/client.ts';
import { Badge } from '../../parts/badge.tsx';
import { AgeText } from '../../parts/moment-text.tsx';
import { DETAIL } from '../../detail-text.ts';
import styles from './audit.module.css';

const { audit: text } = DETAIL;

/** What an audit found, in a sentence. Screen readers announce it. */
export function Verdict({
  audit: { ok, violations, skus, liveHolds, checkedAt },
}: {
  audit: Outputs['admin']['audit'];
}) {
  return (
    <div role="status" className={styles.verdict}>
      <p className={styles.word}>
        <Badge tone={ok ? 'ok' : 'danger'}>{ok ? text.right : text.wrong(violations.length)}</Badge>
        <AgeText at={checkedAt} />
      </p>
      <p>{ok ? text.checked(skus, liveHolds) : text.notAgree(skus, liveHolds)}</p>
    </div>
  );
}
