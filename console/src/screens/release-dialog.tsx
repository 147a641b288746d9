import { useAction } from '../live/use-action.ts';
import { ActionDialog } from '../parts/action-dialog.tsx';
import { useOperator } from '../session/operator-context.ts';
import { DETAIL } from '../detail-text.ts';
import { type Hold, ownerName, ownerParts } from './hold-owner.ts';

interface ReleaseDialogProps {
  hold: Hold;
  onClose: () => void;
}

/** Releases one hold. */
export default function ReleaseDialog({ hold, onClose }: ReleaseDialogProps) {
  const { client } = useOperator();
  const { holdId, quantity, sku, owner } = hold;
  const action = useAction(client.holds.release.mutate, {
    done: () => DETAIL.holds.released(quantity, sku),
    onDone: onClose,
  });
  const isCart = ownerParts(owner).kind === 'cart';
  return (
    <ActionDialog
      title={DETAIL.holds.releaseTitle(quantity, sku)}
      effects={[
        ...DETAIL.holds.releaseEffects(quantity, ownerName(owner)),
        ...(isCart ? [DETAIL.holds.releaseFromCart] : []),
      ]}
      confirm={DETAIL.holds.release}
      action={action}
      onConfirm={(reason) => action.run({ holdId, reason })}
      onClose={onClose}
    />
  );
}
