import { useAction } from '../../live/use-action.ts';
import { ActionDialog } from '../../parts/action-dialog.tsx';
import { useOperator } from '../../session/operator-context.ts';
import { DETAIL } from '../../detail-text.ts';

const { audit: text } = DETAIL;

interface RepairDialogProps {
  /** Violations that are about indexes. */
  count: number;
  onClose: () => void;
  /** Called after the repair. */
  onDone: () => void;
}

/** Rebuilds the indexes from the records. */
export default function RepairDialog({ count, onClose, onDone }: RepairDialogProps) {
  const { client } = useOperator();
  const action = useAction(client.admin.repairIndexes.mutate, {
    done: ({ mended }) => text.repaired(mended),
    onDone: () => {
      onClose();
      onDone();
    },
  });
  return (
    <ActionDialog
      title={text.repair}
      confirm={text.repair}
      effects={text.repairEffects(count)}
      action={action}
      onConfirm={(reason) => action.run({ reason })}
      onClose={onClose}
    />
  );
}
