import { useState } from 'react';
import type { Inputs, Order } from '../../../../src/client/client.ts';
import { useAction } from '../../live/use-action.ts';
import { ActionDialog } from '../../parts/action-dialog.tsx';
import { Field, TEXT_MAX } from '../../parts/field.tsx';
import { useOperator } from '../../session/operator-context.ts';
import { DETAIL } from '../../detail-text.ts';
import { LineQuantities, useChosenUnits } from './line-quantities.tsx';
import { UnitsDialog } from './units-dialog.tsx';
import { openUnits, returnableUnits, sumOf } from './line-units.ts';
import shared from '../shared.module.css';

export interface OrderDialogProps {
  order: Order;
  onClose: () => void;
}

export function ConfirmDialog({ order: { orderId, status }, onClose }: OrderDialogProps) {
  const { client } = useOperator();
  const [paymentReference, setReference] = useState('');
  const action = useAction(client.checkout.confirm.mutate, {
    done: (after) => DETAIL.orders.confirmed(orderId, DETAIL.orders.statuses[after.status]),
    onDone: onClose,
  });
  return (
    <ActionDialog
      title={DETAIL.orders.confirmTitle(orderId)}
      effects={status === 'expired' ? DETAIL.orders.confirmLate : DETAIL.orders.confirmEffects}
      confirm={DETAIL.orders.confirm}
      isReady={paymentReference.trim() !== ''}
      action={action}
      onConfirm={(reason) => action.run({ orderId, reason, paymentReference: paymentReference.trim() })}
      onClose={onClose}
    >
      <Field
        label={DETAIL.orders.paymentReference}
        hint={DETAIL.orders.paymentHint}
        maxLength={TEXT_MAX}
        value={paymentReference}
        onChange={(event) => setReference(event.target.value)}
      />
    </ActionDialog>
  );
}

export function CancelDialog({ order: { orderId, lines }, onClose }: OrderDialogProps) {
  const { client } = useOperator();
  const [restoreCart, setRestore] = useState(false);
  const action = useAction(client.checkout.cancel.mutate, {
    done: () => DETAIL.orders.cancelled(orderId),
    onDone: onClose,
  });
  const count = sumOf(lines.map(({ quantity }) => quantity));
  return (
    <ActionDialog
      title={DETAIL.orders.cancelTitle(orderId)}
      effects={restoreCart ? DETAIL.orders.restoreEffects(count) : DETAIL.orders.cancelEffects(count)}
      confirm={DETAIL.orders.cancel}
      word={DETAIL.orders.cancelWord}
      action={action}
      onConfirm={(reason) => action.run({ orderId, reason, restoreCart })}
      onClose={onClose}
    >
      <Check label={DETAIL.orders.restoreCart} isSet={restoreCart} set={setRestore} />
    </ActionDialog>
  );
}

interface CheckProps {
  label: string;
  isSet: boolean;
  set: (isSet: boolean) => void;
}

const Check = ({ label, isSet, set }: CheckProps) => (
  <label className={shared.check}>
    <input type="checkbox" checked={isSet} onChange={(event) => set(event.target.checked)} />
    {label}
  </label>
);

export function FulfilDialog({ order, onClose }: OrderDialogProps) {
  const { client } = useOperator();
  const { orderId } = order;
  const units = useChosenUnits(openUnits(order), 'all');
  const [tracking, setTracking] = useState('');
  const action = useAction(client.orders.fulfil.mutate, {
    done: () => DETAIL.orders.dispatched(orderId),
    onDone: onClose,
  });
  const trackingReference = tracking.trim();
  return (
    <ActionDialog
      title={DETAIL.orders.fulfilTitle(orderId)}
      effects={DETAIL.orders.fulfilEffects(units.sum)}
      confirm={DETAIL.orders.fulfil}
      isReady={units.isReady}
      action={action}
      onConfirm={(reason) =>
        action.run({ orderId, lines: units.lines, reason, ...(trackingReference && { trackingReference }) })
      }
      onClose={onClose}
    >
      <LineQuantities units={units} />
      <Field
        label={DETAIL.orders.tracking}
        hint={DETAIL.orders.trackingHint}
        maxLength={TEXT_MAX}
        value={tracking}
        onChange={(event) => setTracking(event.target.value)}
      />
    </ActionDialog>
  );
}

export function ReturnDialog({ order, onClose }: OrderDialogProps) {
  const { client } = useOperator();
  const { orderId } = order;
  const units = useChosenUnits(returnableUnits(order), 'none');
  const [restock, setRestock] = useState(true);
  const action = useAction<Omit<Inputs['orders']['return'], 'idempotencyKey'>, Order>(client.orders.return.mutate, {
    done: () => DETAIL.orders.returnedUnits(orderId),
    onDone: onClose,
  });
  return (
    <ActionDialog
      title={DETAIL.orders.returnTitle(orderId)}
      effects={DETAIL.orders.returnEffects(units.sum, restock)}
      confirm={DETAIL.orders.return}
      isReady={units.isReady}
      action={action}
      onConfirm={(reason) => action.run({ orderId, lines: units.lines, restock, reason })}
      onClose={onClose}
    >
      <LineQuantities units={units} />
      <Check label={DETAIL.orders.restock} isSet={restock} set={setRestock} />
    </ActionDialog>
  );
}

export interface LineDialogProps extends OrderDialogProps {
  sku: string;
}

/** Cancels units of one line: the procedure takes one SKU at a time. */
export function CancelLineDialog({ order, sku, onClose }: LineDialogProps) {
  const { client } = useOperator();
  const { orderId } = order;
  const units = useChosenUnits(
    openUnits(order).filter((line) => line.sku === sku),
    'all',
  );
  const action = useAction(client.orders.cancelLine.mutate, {
    done: () => DETAIL.orders.lineCancelled(orderId),
    onDone: onClose,
  });
  return (
    <UnitsDialog
      title={DETAIL.orders.cancelLineTitle(orderId)}
      effects={DETAIL.orders.cancelLineEffects(units.sum)}
      confirm={DETAIL.orders.cancelLine}
      word={DETAIL.orders.cancelWord}
      units={units}
      action={action}
      onConfirm={(reason) => action.run({ orderId, sku, quantity: units.sum, reason })}
      onClose={onClose}
    />
  );
}
