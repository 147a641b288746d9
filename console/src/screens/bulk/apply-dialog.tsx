import type { ImportReport } from '../../../../src/contract/stock-outputs.ts';
import { ActionDialog } from '../../parts/action-dialog.tsx';
import { TEXT } from '../../text.ts';

const { import: text } = TEXT;
const IDLE = { isPending: false, error: null };

interface ApplyDialogProps {
  /** The report of the dry run. */
  checked: ImportReport;
  onConfirm: (reason: string) => void;
  onClose: () => void;
}

/** Says what an import will do, and asks why. */
export function ApplyDialog({
  checked: { applied, problemCount, changes = [] },
  onConfirm,
  onClose,
}: ApplyDialogProps) {
  const created = changes.filter((change) => change.created).length;
  return (
    <ActionDialog
      title={text.apply}
      confirm={text.apply}
      effects={text.applyEffects(applied, created, problemCount)}
      reason="required"
      action={IDLE}
      onConfirm={onConfirm}
      onClose={onClose}
    />
  );
}
