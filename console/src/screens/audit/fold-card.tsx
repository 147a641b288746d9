import type { Outputs } from '../../../../src/client/client.ts';
import { change, number } from '../../format.ts';
import { Badge } from '../../parts/badge.tsx';
import { Card } from '../../parts/page.tsx';
import { DETAIL } from '../../detail-text.ts';
import { foldOf } from './fold.ts';
import styles from './audit.module.css';

const { audit } = DETAIL;

/** The ledger as a sum, line by line, beside what the records say. */
export function FoldCard({ totals }: { totals: Outputs['admin']['audit']['totals'] }) {
  const { terms, sum, onHand, difference } = foldOf(totals);
  return (
    <Card>
      <table className={styles.fold}>
        <caption className="visually-hidden">{audit.fold}</caption>
        <tbody>
          {terms.map(({ name, units }) => (
            <tr key={name}>
              <th scope="row">
                {audit.terms[name]}
                <small>{audit.termNotes[name](totals)}</small>
              </th>
              <td>{name === 'received' ? number(units) : change(units)}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{audit.ledgerSum}</th>
            <td>{number(sum)}</td>
          </tr>
          <tr>
            <th scope="row">
              {audit.onRecord}
              <small>{audit.onRecordNote(totals)}</small>
            </th>
            <td>{number(onHand)}</td>
          </tr>
        </tfoot>
      </table>
      <p className={styles.same}>
        <Badge tone={difference === 0n ? 'ok' : 'danger'}>
          {difference === 0n ? audit.same : audit.differs(change(difference))}
        </Badge>
      </p>
    </Card>
  );
}
