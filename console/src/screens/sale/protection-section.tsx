import { Suspense, useState } from 'react';
import type { StockLevel } from '../../../../src/client/client.ts';
import { Button } from '../../parts/button.tsx';
import { Card, Section } from '../../parts/page.tsx';
import { lazyDialog } from '../../parts/lazy-part.tsx';
import { useOperator } from '../../session/operator-context.ts';
import { DETAIL } from '../../detail-text.ts';
import styles from './sale-screen.module.css';

const ProtectionDialog = lazyDialog(() => import('./protection-dialog.tsx'));

const { protection: text } = DETAIL.sale;

/** Which of the SKUs are protected. A key that may change them gets buttons that start and stop it. */
export function ProtectionSection({ levels }: { levels: readonly StockLevel[] }) {
  const { may } = useOperator();
  const [asked, setAsked] = useState<{ starts: boolean; levels: readonly StockLevel[] } | null>(null);
  const [closed, open] = [levels.filter((each) => each.protected), levels.filter((each) => !each.protected)];
  return (
    <Section title={text.title} note={text.note}>
      <Card>
        <div className={styles.protection}>
          <p>
            {text.state(
              closed.map(({ sku }) => sku),
              open.length,
            )}
          </p>
          {may('stock.define') && (
            <div className={styles.buttons}>
              {open.length > 0 && (
                <Button onClick={() => setAsked({ starts: true, levels: open })}>{text.startAsk}</Button>
              )}
              {closed.length > 0 && (
                <Button onClick={() => setAsked({ starts: false, levels: closed })}>{text.stopAsk}</Button>
              )}
            </div>
          )}
        </div>
      </Card>
      <Suspense>{asked && <ProtectionDialog {...asked} onClose={() => setAsked(null)} />}</Suspense>
    </Section>
  );
}
