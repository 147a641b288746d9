import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { READ_EVERY_MS } from '../../live/freshness.ts';
import { useAction } from '../../live/use-action.ts';
import { ActionDialog } from '../../parts/action-dialog.tsx';
import { Field } from '../../parts/field.tsx';
import { wholeNumber } from '../../parts/whole-number.ts';
import { useOperator, useTRPC } from '../../session/operator-context.ts';
import { DETAIL } from '../../detail-text.ts';
import type { LineDialogProps } from './order-dialogs.tsx';

/** The bounds of a line: at least what was dispatched, and at most what it has and what is available. */
function useBounds({ order, sku }: LineDialogProps) {
  const { may } = useOperator();
  const options = useTRPC().stock.level.queryOptions({ sku });
  const level = useQuery({ ...options, enabled: may('stock.level'), refetchInterval: READ_EVERY_MS });
  const { quantity: now = 0, fulfilled = 0 } = order.lines.find((line) => line.sku === sku) ?? {};
  return { now, least: Math.max(1, fulfilled), most: level.data ? now + level.data.available : null };
}

/** Sets the units of one line. More units are taken from the stock; fewer are available to others. */
export default function SetLineDialog(props: LineDialogProps) {
  const { order, sku, onClose } = props;
  const { orderId } = order;
  const { client } = useOperator();
  const { now, least, most } = useBounds(props);
  const [typed, setTyped] = useState(String(now));
  const quantity = wholeNumber(typed);
  const isWithin = quantity !== null && quantity >= least && quantity <= (most ?? quantity);
  const action = useAction(client.orders.setLineQuantity.mutate, {
    done: () => DETAIL.orders.lineSet(orderId),
    onDone: onClose,
  });
  const difference = quantity !== null && isWithin ? quantity - now : 0;
  return (
    <ActionDialog
      title={DETAIL.orders.setLineTitle(orderId)}
      effects={[DETAIL.orders.setLineEffect(difference), DETAIL.orders.noPayment]}
      confirm={DETAIL.orders.setLine}
      word={difference < 0 ? DETAIL.orders.cancelWord : undefined}
      isReady={difference !== 0}
      action={action}
      onConfirm={(reason) => quantity !== null && action.run({ orderId, sku, quantity, reason })}
      onClose={onClose}
    >
      <Field
        label={DETAIL.orders.unitsOf(sku)}
        hint={DETAIL.orders.setLineBounds(least, most)}
        problem={isWithin ? null : DETAIL.orders.setLineWrong(least, most)}
        inputMode="numeric"
        autoFocus
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
    </ActionDialog>
  );
}
