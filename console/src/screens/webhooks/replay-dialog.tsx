import { useAction } from '../../live/use-action.ts';
import { ActionDialog } from '../../parts/action-dialog.tsx';
import { useOperator } from '../../session/operator-context.ts';
import { DETAIL } from '../../detail-text.ts';
import type { Endpoint } from '../endpoint-state.tsx';

const { webhooks } = DETAIL;

interface ReplayDialogProps {
  endpoint: Endpoint;
  letter: { eventId: string } | 'all';
  onClose: () => void;
}

/** Replays one dead letter of an endpoint, or all of them. */
export default function ReplayDialog({ endpoint: { endpointId, deadLetters }, letter, onClose }: ReplayDialogProps) {
  const { client } = useOperator();
  const action = useAction(client.webhooks.replay.mutate, {
    done: ({ replayed, deadLetters: left }) => webhooks.replayedCount(replayed, left),
    onDone: onClose,
  });
  const title = letter === 'all' ? webhooks.replayAll : webhooks.replay;
  return (
    <ActionDialog
      title={title}
      confirm={title}
      effects={webhooks.replayEffects(letter === 'all' ? deadLetters : 1)}
      action={action}
      onConfirm={(reason) =>
        action.run({ endpointId, reason, ...(letter !== 'all' && { eventIds: [letter.eventId] }) })
      }
      onClose={onClose}
    />
  );
}
