import { useState } from 'react';
import { useAction } from '../../live/use-action.ts';
import { ActionDialog } from '../../parts/action-dialog.tsx';
import { SecretDialog } from '../../parts/secret-dialog.tsx';
import { useOperator } from '../../session/operator-context.ts';
import { DETAIL } from '../../detail-text.ts';
import type { Endpoint } from '../endpoint-state.tsx';

const { webhooks } = DETAIL;

export type EndpointActionName = 'pause' | 'enable' | 'rotate' | 'remove';

interface EndpointActionProps {
  name: EndpointActionName;
  endpoint: Endpoint;
  onClose: (wasDeleted: boolean) => void;
}

/** The dialog of an action on an endpoint. */
export default function EndpointAction({ name, ...rest }: EndpointActionProps) {
  if (name === 'rotate') return <Rotate {...rest} />;
  return name === 'remove' ? <Remove {...rest} /> : <Switch {...rest} />;
}

type OneActionProps = Omit<EndpointActionProps, 'name'>;

/** Pauses an endpoint, or enables it again. */
function Switch({ endpoint: { endpointId, url, enabled, waiting }, onClose }: OneActionProps) {
  const { client } = useOperator();
  // The list changes before the dialog is gone.
  const [isPausing] = useState(enabled);
  const action = useAction(client.webhooks.update.mutate, {
    done: () => (isPausing ? webhooks.paused : webhooks.enabled),
    onDone: () => onClose(false),
  });
  return (
    <ActionDialog
      title={isPausing ? webhooks.pause : webhooks.enable}
      confirm={isPausing ? webhooks.pause : webhooks.enable}
      effects={isPausing ? webhooks.pauseEffects(url) : webhooks.enableEffects(url, waiting)}
      action={action}
      onConfirm={(reason) => action.run({ endpointId, enabled: !isPausing, reason })}
      onClose={() => onClose(false)}
    />
  );
}

function Rotate({ endpoint: { endpointId }, onClose }: OneActionProps) {
  const { client } = useOperator();
  const [secret, setSecret] = useState('');
  const action = useAction(client.webhooks.rotateSecret.mutate, {
    done: () => webhooks.rotated,
    onDone: (made) => setSecret(made.secret),
  });
  const close = (): void => onClose(false);
  if (secret !== '') {
    return <SecretDialog title={webhooks.secretTitle} note={webhooks.secretNote} secret={secret} onClose={close} />;
  }
  return (
    <ActionDialog
      title={webhooks.rotate}
      confirm={webhooks.rotate}
      effects={webhooks.rotateEffects}
      action={action}
      onConfirm={(reason) => action.run({ endpointId, reason })}
      onClose={close}
    />
  );
}

function Remove({ endpoint: { endpointId, url, waiting, deadLetters }, onClose }: OneActionProps) {
  const { client } = useOperator();
  const action = useAction(client.webhooks.delete.mutate, {
    done: () => webhooks.removed,
    onDone: () => onClose(true),
  });
  return (
    <ActionDialog
      title={webhooks.remove}
      confirm={webhooks.remove}
      effects={webhooks.removeEffects(url, waiting, deadLetters)}
      word="delete"
      action={action}
      onConfirm={(reason) => action.run({ endpointId, reason })}
      onClose={() => onClose(false)}
    />
  );
}
