import type { ComponentProps } from 'react';
import { ActionDialog } from '../../parts/action-dialog.tsx';
import { type ChosenUnits, LineQuantities } from './line-quantities.tsx';

type UnitsDialogProps = Omit<ComponentProps<typeof ActionDialog>, 'children' | 'isReady'> & { units: ChosenUnits };

/** A dialog about units of lines, which can be changed within their bounds. */
export const UnitsDialog = ({ units, ...dialog }: UnitsDialogProps) => (
  <ActionDialog {...dialog} isReady={units.isReady}>
    <LineQuantities units={units} />
  </ActionDialog>
);
