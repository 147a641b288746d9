import { Suspense, useState } from 'react';
import type { Order } from '../../../../src/client/client.ts';
import { Button } from '../../parts/button.tsx';
import { lazyDialog } from '../../parts/lazy-part.tsx';
import { useOperator } from '../../session/operator-context.ts';
import { DETAIL } from '../../detail-text.ts';
import { openUnits, returnableUnits } from './line-units.ts';

const dialogs = () => import('./order-dialogs.tsx');
const DIALOGS = {
  confirm: lazyDialog(async () => ({ default: (await dialogs()).ConfirmDialog })),
  cancel: lazyDialog(async () => ({ default: (await dialogs()).CancelDialog })),
  fulfil: lazyDialog(async () => ({ default: (await dialogs()).FulfilDialog })),
  return: lazyDialog(async () => ({ default: (await dialogs()).ReturnDialog })),
};
export const SetLineDialog = lazyDialog(() => import('./set-line-dialog.tsx'));
export const CancelLineDialog = lazyDialog(async () => ({ default: (await dialogs()).CancelLineDialog }));

type Action = keyof typeof DIALOGS;

/** Which actions the status of an order allows. */
const ALLOWED: Readonly<Record<Action, (order: Order) => boolean>> = {
  confirm: ({ status }) => status === 'awaiting_payment' || status === 'expired',
  fulfil: (order) => openUnits(order).length > 0,
  return: (order) => returnableUnits(order).length > 0,
  cancel: ({ status }) => status === 'awaiting_payment',
};

const NEEDED = {
  confirm: 'checkout.confirm',
  fulfil: 'orders.fulfil',
  return: 'orders.return',
  cancel: 'checkout.cancel',
} as const;

/** The buttons of what the key may do, and the order allows. */
export function OrderActions({ order }: { order: Order }) {
  const { may } = useOperator();
  const [open, setOpen] = useState<Action | null>(null);
  const actions = (Object.keys(ALLOWED) as Action[]).filter((each) => may(NEEDED[each]) && ALLOWED[each](order));
  const Dialog = open && DIALOGS[open];
  return (
    <>
      {actions.map((action) => (
        <Button key={action} onClick={() => setOpen(action)}>
          {DETAIL.orders[action]}
        </Button>
      ))}
      <Suspense>{Dialog && <Dialog order={order} onClose={() => setOpen(null)} />}</Suspense>
    </>
  );
}
