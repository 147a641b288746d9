import { lazy, type ReactNode, Suspense, useState } from 'react';
import type { StockLevel } from '../../../../src/client/client.ts';
import { moment, money, number } from '../../format.ts';
import { Button } from '../../parts/button.tsx';
import { Card, Section } from '../../parts/page.tsx';
import { useOperator } from '../../session/operator-context.ts';
import { TEXT } from '../../text.ts';
import styles from './sku-screen.module.css';

const SettingsDialog = lazy(() => import('./settings-dialog.tsx'));

/** What applies to a SKU: its price, limits and bounds. A key that may change them gets a button for it. */
export function SkuSettings({ level }: { level: StockLevel }) {
  const { may } = useOperator();
  const [isEditing, setEditing] = useState(false);
  return (
    <Section
      title={TEXT.sku.settings}
      actions={may('stock.define') && <Button onClick={() => setEditing(true)}>{TEXT.sku.edit}</Button>}
    >
      <Card>
        <dl className={styles.settings}>
          {rowsOf(level).map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </Card>
      <Suspense>{isEditing && <SettingsDialog level={level} onClose={() => setEditing(false)} />}</Suspense>
    </Section>
  );
}

const units = (value: number | undefined, absent: string): string => (value === undefined ? absent : number(value));
const flag = (value: boolean): string => (value ? TEXT.sku.yes : TEXT.sku.no);

/** A kit has no stock of its own, so three of the settings do not apply to it. */
function rowsOf(level: StockLevel): [string, ReactNode][] {
  const { title, unitPrice, safetyStock, limitPerCustomer, holdUnitsMax, backorderLimit, shipsAt } = level;
  const ofStock: [string, ReactNode][] = [
    [TEXT.sku.safetyStock, number(safetyStock)],
    [TEXT.sku.backorderLimit, units(backorderLimit, TEXT.sku.none)],
    [TEXT.sku.shipsAt, shipsAt === undefined ? TEXT.sku.none : moment(shipsAt)],
  ];
  return [
    [TEXT.sku.title, title ?? TEXT.sku.none],
    [TEXT.sku.price, unitPrice === undefined ? TEXT.sku.none : money(unitPrice)],
    [TEXT.sku.limitPerCustomer, units(limitPerCustomer, TEXT.sku.none)],
    [TEXT.sku.holdUnitsMax, units(holdUnitsMax, TEXT.sku.asShop)],
    ...(level.components === undefined ? ofStock : []),
    [TEXT.sku.requiresCustomer, flag(level.requiresCustomer)],
    [TEXT.sku.protected, flag(level.protected)],
  ];
}
