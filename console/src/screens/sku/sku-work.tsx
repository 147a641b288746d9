import { Suspense, useState } from 'react';
import type { StockLevel } from '../../../../src/client/client.ts';
import { Button } from '../../parts/button.tsx';
import { lazyDialog } from '../../parts/lazy-part.tsx';
import { useOperator } from '../../session/operator-context.ts';
import { DETAIL } from '../../detail-text.ts';
import { TEXT } from '../../text.ts';
import type { StockWork } from '../stock-dialog.tsx';

const StockDialog = lazyDialog(() => import('../stock-dialog.tsx'));
const WriteOffDialog = lazyDialog(() => import('./write-off-dialog.tsx'));

const KINDS = ['count', 'receive', 'adjust'] as const satisfies readonly StockWork['kind'][];

/** Counts, receives, adjusts and writes off the units of a SKU. A kit has none of its own. */
export function SkuWork({ level }: { level: StockLevel }) {
  const { may } = useOperator();
  const [work, setWork] = useState<StockWork | null>(null);
  const [isWritingOff, setWritingOff] = useState(false);
  if (level.components !== undefined) return null;
  return (
    <>
      {KINDS.filter((kind) => may(`stock.${kind}`)).map((kind) => (
        <Button key={kind} onClick={() => setWork({ kind, level })}>
          {TEXT.stock[kind]}
        </Button>
      ))}
      {may('stock.writeOff') && <Button onClick={() => setWritingOff(true)}>{DETAIL.writeOff.open}</Button>}
      <Suspense>
        {work && <StockDialog work={work} onClose={() => setWork(null)} />}
        {isWritingOff && <WriteOffDialog level={level} onClose={() => setWritingOff(false)} />}
      </Suspense>
    </>
  );
}
