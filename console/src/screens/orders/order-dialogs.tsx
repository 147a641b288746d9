import { useState } from 'react';
import type { Inputs, Order } from '../../../../src/client/client.ts';
import { useAction } from '../../live/use-action.ts';
import { ActionDialog } from '../../parts/action-dialog.tsx';
import { Field } from '../../parts/field.tsx';
import { useOperator } from '../../session/operator-context.ts';
import { TEXT } from '../../text.ts';
import { LineQuantities, useChosenUnits } from './line-quantities.tsx';
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
    done: (after) => TEXT.orders.confirmed(orderId, TEXT.orders.statuses[after.status]),
    onDone: onClose,
  });
  return (
    <ActionDialog
      title={TEXT.orders.confirmTitle(orderId)}
      effects={status === 'expired' ? TEXT.orders.confirmLate : TEXT.orders.confirmEffects}
      confirm={TEXT.orders.confirm}
      reason="none"
      isReady={paymentReference.trim() !== ''}
      action={action}
      onConfirm={() => action.run({ orderId, paymentReference: paymentReference.trim() })}
      onClose={onClose}
    >
      <Field
        label={TEXT.orders.paymentReference}
        hint={TEXT.orders.paymentHint}
        maxLength={255}
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
    done: () => TEXT.orders.cancelled(orderId),
    onDone: onClose,
  });
  const count = sumOf(lines.map(({ quantity }) => quantity));
  return (
    <ActionDialog
      title={TEXT.orders.cancelTitle(orderId)}
      effects={restoreCart ? TEXT.orders.restoreEffects(count) : TEXT.orders.cancelEffects(count)}
      confirm={TEXT.orders.cancel}
      word={TEXT.orders.cancelWord}
      reason="required"
      action={action}
      onConfirm={(reason) => action.run({ orderId, reason, restoreCart })}
      onClose={onClose}
    >
      <Check label={TEXT.orders.restoreCart} isSet={restoreCart} set={setRestore} />
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
    done: () => TEXT.orders.dispatched(orderId),
    onDone: onClose,
  });
  const trackingReference = tracking.trim();
  return (
    <ActionDialog
      title={TEXT.orders.fulfilTitle(orderId)}
      effects={TEXT.orders.fulfilEffects(units.sum)}
      confirm={TEXT.orders.fulfil}
      reason="none"
      isReady={units.isReady}
      action={action}
      onConfirm={() => action.run({ orderId, lines: units.lines, ...(trackingReference && { trackingReference }) })}
      onClose={onClose}
    >
      <LineQuantities units={units} />
      <Field
        label={TEXT.orders.tracking}
        hint={TEXT.orders.trackingHint}
        maxLength={255}
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
    done: () => TEXT.orders.returnedUnits(orderId),
    onDone: onClose,
  });
  return (
    <ActionDialog
      title={TEXT.orders.returnTitle(orderId)}
      effects={TEXT.orders.returnEffects(units.sum, restock)}
      confirm={TEXT.orders.return}
      reason="required"
      isReady={units.isReady}
      action={action}
      onConfirm={(reason) => action.run({ orderId, lines: units.lines, restock, reason })}
      onClose={onClose}
    >
      <LineQuantities units={units} />
      <Check label={TEXT.orders.restock} isSet={restock} set={setRestock} />
    </ActionDialog>
  );
}

/** Cancels units of one line: the procedure takes one SKU at a time. */
export function CancelLineDialog({ order, sku, onClose }: OrderDialogProps & { sku: string }) {
  const { client } = useOperator();
  const { orderId } = order;
  const units = useChosenUnits(
    openUnits(order).filter((line) => line.sku === sku),
    'all',
  );
  const action = useAction(client.orders.cancelLine.mutate, {
    done: () => TEXT.orders.lineCancelled(orderId),
    onDone: onClose,
  });
  return (
    <ActionDialog
      title={TEXT.orders.cancelLineTitle(orderId)}
      effects={TEXT.orders.cancelLineEffects(units.sum)}
      confirm={TEXT.orders.cancelLine}
      word={TEXT.orders.cancelWord}
      reason="required"
      isReady={units.isReady}
      action={action}
      onConfirm={(reason) => action.run({ orderId, sku, quantity: units.sum, reason })}
      onClose={onClose}
    >
      <LineQuantities units={units} />
    </ActionDialog>
  );
}
