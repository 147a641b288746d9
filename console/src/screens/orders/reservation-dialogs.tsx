import { useState } from 'react';
import { useAction } from '../../live/use-action.ts';
import { ActionDialog } from '../../parts/action-dialog.tsx';
import { Field } from '../../parts/field.tsx';
import { useOperator } from '../../session/operator-context.ts';
import { TEXT } from '../../text.ts';
import { LineQuantities, useChosenUnits } from './line-quantities.tsx';
import { reservedUnits } from './line-units.ts';
import type { Reservation } from './order-status.tsx';

export interface ReservationDialogProps {
  reservation: Reservation;
  onClose: () => void;
}

export function CommitDialog({ reservation: { reservationId }, onClose }: ReservationDialogProps) {
  const { client } = useOperator();
  const action = useAction(client.reservations.commit.mutate, {
    done: () => TEXT.reservations.committed(reservationId),
    onDone: onClose,
  });
  return (
    <ActionDialog
      title={TEXT.reservations.commitTitle(reservationId)}
      effects={TEXT.reservations.commitEffects}
      confirm={TEXT.reservations.commit}
      reason="none"
      action={action}
      onConfirm={() => action.run({ reservationId })}
      onClose={onClose}
    />
  );
}

const MINUTE_MS = 60_000;

export function ExtendDialog({ reservation: { reservationId }, onClose }: ReservationDialogProps) {
  const { client } = useOperator();
  const [minutes, setMinutes] = useState('30');
  const action = useAction(client.reservations.extend.mutate, {
    done: () => TEXT.reservations.extended(reservationId),
    onDone: onClose,
  });
  const text = minutes.trim();
  const isReady = text === '' || (/^\d{1,6}$/.test(text) && Number(text) > 0);
  return (
    <ActionDialog
      title={TEXT.reservations.extendTitle(reservationId)}
      effects={TEXT.reservations.extendEffects}
      confirm={TEXT.reservations.extend}
      reason="none"
      isReady={isReady}
      action={action}
      onConfirm={() => action.run({ reservationId, ttlMs: text === '' ? null : Number(text) * MINUTE_MS })}
      onClose={onClose}
    >
      <Field
        label={TEXT.reservations.minutes}
        hint={TEXT.reservations.minutesHint}
        problem={isReady ? null : TEXT.sku.wholeWrong}
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
    done: () => TEXT.orders.dispatched(reservationId),
    onDone: onClose,
  });
  return (
    <ActionDialog
      title={TEXT.orders.fulfilTitle(reservationId)}
      effects={TEXT.reservations.fulfilEffects(units.sum)}
      confirm={TEXT.orders.fulfil}
      reason="none"
      isReady={units.isReady}
      action={action}
      onConfirm={() => action.run({ reservationId, lines: units.lines })}
      onClose={onClose}
    >
      <LineQuantities units={units} />
    </ActionDialog>
  );
}

export function ReleaseReservationDialog({ reservation, onClose }: ReservationDialogProps) {
  const { client } = useOperator();
  const { reservationId } = reservation;
  const units = useChosenUnits(reservedUnits(reservation), 'all');
  const action = useAction(client.reservations.release.mutate, {
    done: () => TEXT.reservations.releasedUnits(reservationId),
    onDone: onClose,
  });
  return (
    <ActionDialog
      title={TEXT.reservations.releaseTitle(reservationId)}
      effects={TEXT.reservations.releaseEffects(units.sum)}
      confirm={TEXT.reservations.release}
      word={TEXT.reservations.releaseWord}
      reason="none"
      isReady={units.isReady}
      action={action}
      onConfirm={() => action.run({ reservationId, lines: units.lines })}
      onClose={onClose}
    >
      <LineQuantities units={units} />
    </ActionDialog>
  );
}
