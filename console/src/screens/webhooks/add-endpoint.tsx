import { useState } from 'react';
import { WEBHOOK_EVENTS } from '../../../../src/contract/webhook-records.ts';
import { useAction } from '../../live/use-action.ts';
import { ActionDialog } from '../../parts/action-dialog.tsx';
import { CheckList } from '../../parts/check-list.tsx';
import { Field } from '../../parts/field.tsx';
import { SecretDialog } from '../../parts/secret-dialog.tsx';
import { useOperator } from '../../session/operator-context.ts';
import { TEXT } from '../../text.ts';

const { webhooks } = TEXT;
const EVENTS = WEBHOOK_EVENTS.map((value) => ({ value }));
type EventName = (typeof WEBHOOK_EVENTS)[number];

const isUrl = (text: string): boolean => /^https?:\/\/[^\s/]+/.test(text);

/** Asks for a new endpoint, and shows its secret. */
export default function AddEndpoint({ onClose }: { onClose: () => void }) {
  const { client } = useOperator();
  const [url, setUrl] = useState('');
  const [description, setDescription] = useState('');
  const [kinds, setKinds] = useState<ReadonlySet<EventName>>(new Set());
  const [secret, setSecret] = useState('');
  const action = useAction(client.webhooks.create.mutate, {
    done: () => webhooks.added,
    onDone: (made) => setSecret(made.secret),
  });
  if (secret !== '') {
    return <SecretDialog title={webhooks.secretTitle} note={webhooks.secretNote} secret={secret} onClose={onClose} />;
  }
  const target = url.trim();
  const create = (reason: string): void =>
    action.run({
      url: target,
      reason,
      ...(kinds.size > 0 && { events: [...kinds] }),
      ...(description.trim() !== '' && { description: description.trim() }),
    });
  return (
    <ActionDialog
      title={webhooks.add}
      confirm={webhooks.add}
      effects={kinds.size > 0 ? webhooks.addSomeEffects(target, kinds.size) : webhooks.addEffects(target)}
      reason="required"
      isReady={isUrl(target)}
      action={action}
      onConfirm={create}
      onClose={onClose}
    >
      <Field
        label={webhooks.url}
        hint={webhooks.urlHint}
        problem={target === '' || isUrl(target) ? null : webhooks.urlProblem}
        type="url"
        value={url}
        maxLength={2_048}
        onChange={(event) => setUrl(event.target.value)}
      />
      <Field
        label={webhooks.description}
        hint={webhooks.descriptionHint}
        value={description}
        maxLength={255}
        onChange={(event) => setDescription(event.target.value)}
      />
      <CheckList
        label={kinds.size > 0 ? webhooks.subscribed : webhooks.allEvents}
        options={EVENTS}
        chosen={kinds}
        onChange={setKinds}
      />
    </ActionDialog>
  );
}
