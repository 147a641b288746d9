import { useAction } from '../../live/use-action.ts';
import { ActionDialog } from '../../parts/action-dialog.tsx';
import { useOperator } from '../../session/operator-context.ts';
import { DETAIL } from '../../detail-text.ts';
import type { Block } from './access-records.ts';

const { access } = DETAIL;

/** Ends a block. */
export default function UnblockDialog({ block: { session, client }, onClose }: { block: Block; onClose: () => void }) {
  const operator = useOperator();
  const action = useAction(operator.client.sessions.unblock.mutate, { done: () => access.unblocked, onDone: onClose });
  const named = { ...(session !== undefined && { session }), ...(client !== undefined && { client }) };
  return (
    <ActionDialog
      title={access.unblock}
      confirm={access.unblock}
      effects={access.unblockEffects(session ?? client ?? '')}
      action={action}
      onConfirm={(reason) => action.run({ ...named, reason })}
      onClose={onClose}
    />
  );
}
