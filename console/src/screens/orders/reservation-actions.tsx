import { Suspense, useState } from 'react';
import { Button } from '../../parts/button.tsx';
import { lazyDialog } from '../../parts/lazy-part.tsx';
import { useOperator } from '../../session/operator-context.ts';
import { DETAIL } from '../../detail-text.ts';
import type { Reservation } from './order-status.tsx';

const dialogs = () => import('./reservation-dialogs.tsx');
const DIALOGS = {
  commit: lazyDialog(async () => ({ default: (await dialogs()).CommitDialog })),
  fulfil: lazyDialog(async () => ({ default: (await dialogs()).FulfilReservationDialog })),
  extend: lazyDialog(async () => ({ default: (await dialogs()).ExtendDialog })),
  release: lazyDialog(async () => ({ default: (await dialogs()).ReleaseReservationDialog })),
};

type Action = keyof typeof DIALOGS;

const LABELS: Readonly<Record<Action, string>> = {
  commit: DETAIL.reservations.commit,
  fulfil: DETAIL.orders.fulfil,
  extend: DETAIL.reservations.extend,
  release: DETAIL.reservations.release,
};

/** The statuses in which each action is possible. */
const ALLOWED: Readonly<Record<Action, readonly Reservation['status'][]>> = {
  commit: ['reserved'],
  fulfil: ['committed', 'partially_fulfilled'],
  extend: ['reserved'],
  release: ['reserved', 'committed', 'partially_fulfilled'],
};

/** The buttons of what the key may do, and the reservation allows. */
export function ReservationActions({ reservation }: { reservation: Reservation }) {
  const { may } = useOperator();
  const [open, setOpen] = useState<Action | null>(null);
  const actions = (Object.keys(ALLOWED) as Action[]).filter(
    (each) => may(`reservations.${each}`) && ALLOWED[each].includes(reservation.status),
  );
  const Dialog = open && DIALOGS[open];
  return (
    <>
      {actions.map((action) => (
        <Button key={action} onClick={() => setOpen(action)}>
          {LABELS[action]}
        </Button>
      ))}
      <Suspense>{Dialog && <Dialog reservation={reservation} onClose={() => setOpen(null)} />}</Suspense>
    </>
  );
}
