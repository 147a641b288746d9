import { useAction } from '../live/use-action.ts';
import { ActionDialog } from '../parts/action-dialog.tsx';
import { useOperator } from '../session/operator-context.ts';
import { TEXT } from '../text.ts';
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
    done: () => TEXT.holds.released(quantity, sku),
    onDone: onClose,
  });
  const isCart = ownerParts(owner).kind === 'cart';
  return (
    <ActionDialog
      title={TEXT.holds.releaseTitle(quantity, sku)}
      effects={[
        ...TEXT.holds.releaseEffects(quantity, ownerName(owner)),
        ...(isCart ? [TEXT.holds.releaseFromCart] : []),
      ]}
      confirm={TEXT.holds.release}
      reason="required"
      action={action}
      onConfirm={(reason) => action.run({ holdId, reason })}
      onClose={onClose}
    />
  );
}
