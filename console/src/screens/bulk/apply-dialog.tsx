import type { ImportReport } from '../../../../src/contract/outputs/stock-outputs.ts';
import { ActionDialog } from '../../parts/action-dialog.tsx';
import { TEXT } from '../../text.ts';

const { import: text } = TEXT;
const IDLE = { isPending: false, error: null };

type Changes = NonNullable<ImportReport['changes']>;

const isCount = ({ name, before, after }: Changes[number]['fields'][number]): boolean =>
  name === 'onHand' && after !== (before ?? 0);

/** Adds up the units on hand of the rows that count them. A report lists only so many changes. */
function countsIn(changes: Changes, applied: number) {
  const onHand = changes.flatMap(({ fields }) => fields.filter(isCount));
  const sum = (side: 'before' | 'after'): number =>
    onHand.reduce((total, field) => total + Number(field[side] ?? 0), 0);
  return { rows: onHand.length, before: sum('before'), after: sum('after'), isCut: changes.length < applied };
}

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
      effects={text.applyEffects({ applied, created, problems: problemCount, counts: countsIn(changes, applied) })}
      action={IDLE}
      onConfirm={onConfirm}
      onClose={onClose}
    />
  );
}
