import { type ReactNode, Suspense, useState } from 'react';
import type { StockLevel } from '../../../../src/client/client.ts';
import { moment, money, number } from '../../format.ts';
import { Button } from '../../parts/button.tsx';
import { Facts } from '../../parts/facts.tsx';
import { Section } from '../../parts/page.tsx';
import { lazyDialog } from '../../parts/lazy-part.tsx';
import { useOperator } from '../../session/operator-context.ts';
import { DETAIL } from '../../detail-text.ts';

const SettingsDialog = lazyDialog(() => import('./settings-dialog.tsx'));

/** What applies to a SKU: its price, limits and bounds. A key that may change them gets a button for it. */
export function SkuSettings({ level }: { level: StockLevel }) {
  const { may } = useOperator();
  const [isEditing, setEditing] = useState(false);
  return (
    <Section
      title={DETAIL.sku.settings}
      actions={may('stock.define') && <Button onClick={() => setEditing(true)}>{DETAIL.sku.edit}</Button>}
    >
      <Facts rows={rowsOf(level)} />
      <Suspense>{isEditing && <SettingsDialog level={level} onClose={() => setEditing(false)} />}</Suspense>
    </Section>
  );
}

const units = (value: number | undefined, absent: string): string => (value === undefined ? absent : number(value));
const flag = (value: boolean): string => (value ? DETAIL.sku.yes : DETAIL.sku.no);

/** A kit has no stock of its own, so three of the settings do not apply to it. */
function rowsOf(level: StockLevel): [string, ReactNode][] {
  const { title, unitPrice, safetyStock, limitPerCustomer, holdUnitsMax, backorderLimit, shipsAt } = level;
  const ofStock: [string, ReactNode][] = [
    [DETAIL.sku.safetyStock, number(safetyStock)],
    [DETAIL.sku.backorderLimit, units(backorderLimit, DETAIL.sku.none)],
    [DETAIL.sku.shipsAt, shipsAt === undefined ? DETAIL.sku.none : moment(shipsAt)],
  ];
  return [
    [DETAIL.sku.title, title ?? DETAIL.sku.none],
    [DETAIL.sku.price, unitPrice === undefined ? DETAIL.sku.none : money(unitPrice)],
    [DETAIL.sku.limitPerCustomer, units(limitPerCustomer, DETAIL.sku.none)],
    [DETAIL.sku.holdUnitsMax, units(holdUnitsMax, DETAIL.sku.asShop)],
    ...(level.components === undefined ? ofStock : []),
    [DETAIL.sku.requiresCustomer, flag(level.requiresCustomer)],
    [DETAIL.sku.protected, flag(level.protected)],
  ];
}
