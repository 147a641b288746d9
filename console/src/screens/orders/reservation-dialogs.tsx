import { useState } from 'react';
import { useAction } from '../../live/use-action.ts';
import { ActionDialog } from '../../parts/action-dialog.tsx';
import { Field } from '../../parts/field.tsx';
import { useOperator } from '../../session/operator-context.ts';
import { DETAIL } from '../../detail-text.ts';
import { useChosenUnits } from './line-quantities.tsx';
import { UnitsDialog } from './units-dialog.tsx';
import { reservedUnits } from './line-units.ts';
import type { Reservation } from './order-status.tsx';

export interface ReservationDialogProps {
  reservation: Reservation;
  onClose: () => void;
}

export function CommitDialog({ reservation: { reservationId }, onClose }: ReservationDialogProps) {
  const { client } = useOperator();
  const action = useAction(client.reservations.commit.mutate, {
    done: () => DETAIL.reservations.committed(reservationId),
    onDone: onClose,
  });
  return (
    <ActionDialog
      title={DETAIL.reservations.commitTitle(reservationId)}
      effects={DETAIL.reservations.commitEffects}
      confirm={DETAIL.reservations.commit}
      action={action}
      onConfirm={(reason) => action.run({ reservationId, reason })}
      onClose={onClose}
    />
  );
}

const MINUTE_MS = 60_000;
/** 400 days. */
const MINUTES_MAX = 576_000;

export function ExtendDialog({ reservation: { reservationId }, onClose }: ReservationDialogProps) {
  const { client } = useOperator();
  const [minutes, setMinutes] = useState('30');
  const action = useAction(client.reservations.extend.mutate, {
    done: () => DETAIL.reservations.extended(reservationId),
    onDone: onClose,
  });
  const text = minutes.trim();
  const isReady = text === '' || (/^\d{1,6}$/.test(text) && Number(text) > 0 && Number(text) <= MINUTES_MAX);
  return (
    <ActionDialog
      title={DETAIL.reservations.extendTitle(reservationId)}
      effects={DETAIL.reservations.extendEffects}
      confirm={DETAIL.reservations.extend}
      isReady={isReady}
      action={action}
      onConfirm={(reason) =>
        action.run({ reservationId, reason, ttlMs: text === '' ? null : Number(text) * MINUTE_MS })
      }
      onClose={onClose}
    >
      <Field
        label={DETAIL.reservations.minutes}
        hint={DETAIL.reservations.minutesHint}
        problem={isReady ? null : DETAIL.sku.wholeWrong(1, MINUTES_MAX)}
        inputMode="numeric"
        value={minutes}
        onChange={(event) => setMinutes(event.target.value)}
      />
    </ActionDialog>
  );
}

export function FulfilReservationDialog({ reservation, onClose }: ReservationDialogProps) {
  const { client } = useOperator();
  const { reservationId } = reservation;
  const units = useChosenUnits(reservedUnits(reservation), 'all');
  const action = useAction(client.reservations.fulfil.mutate, {
    done: () => DETAIL.orders.dispatched(reservationId),
    onDone: onClose,
  });
  return (
    <UnitsDialog
      title={DETAIL.orders.fulfilTitle(reservationId)}
      effects={DETAIL.reservations.fulfilEffects(units.sum)}
      confirm={DETAIL.orders.fulfil}
      units={units}
      action={action}
      onConfirm={(reason) => action.run({ reservationId, lines: units.lines, reason })}
      onClose={onClose}
    />
  );
}

export function ReleaseReservationDialog({ reservation, onClose }: ReservationDialogProps) {
  const { client } = useOperator();
  const { reservationId } = reservation;
  const units = useChosenUnits(reservedUnits(reservation), 'all');
  const action = useAction(client.reservations.release.mutate, {
    done: () => DETAIL.reservations.releasedUnits(reservationId),
    onDone: onClose,
  });
  return (
    <UnitsDialog
      title={DETAIL.reservations.releaseTitle(reservationId)}
      effects={DETAIL.reservations.releaseEffects(units.sum)}
      confirm={DETAIL.reservations.release}
      word={DETAIL.reservations.releaseWord}
      units={units}
      action={action}
      onConfirm={(reason) => action.run({ reservationId, lines: units.lines, reason })}
      onClose={onClose}
    />
  );
}
