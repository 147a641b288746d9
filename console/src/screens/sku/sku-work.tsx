import { Suspense, useState } from 'react';
import type { StockLevel } from '../../../../src/client/client.ts';
import { Button } from '../../parts/button.tsx';
import { lazyDialog } from '../../parts/lazy-part.tsx';
import { useOperator } from '../../session/operator-context.ts';
import { TEXT } from '../../text.ts';
import type { StockWork } from '../stock-dialog.tsx';

const StockDialog = lazyDialog(() => import('../stock-dialog.tsx'));

const KINDS = ['count', 'receive', 'adjust'] as const satisfies readonly StockWork['kind'][];

/** Counts, receives and adjusts the units of a SKU. A kit has none of its own. */
export function SkuWork({ level }: { level: StockLevel }) {
  const { may } = useOperator();
  const [work, setWork] = useState<StockWork | null>(null);
  if (level.components !== undefined) return null;
  return (
    <>
      {KINDS.filter((kind) => may(`stock.${kind}`)).map((kind) => (
        <Button key={kind} onClick={() => setWork({ kind, level })}>
          {TEXT.stock[kind]}
        </Button>
      ))}
      <Suspense>{work && <StockDialog work={work} onClose={() => setWork(null)} />}</Suspense>
    </>
  );
}
