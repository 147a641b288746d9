import { useState } from 'react';
import { WEBHOOK_EVENTS } from '../../../../src/contract/webhook-records.ts';
import { useAction } from '../../live/use-action.ts';
import { ActionDialog } from '../../parts/action-dialog.tsx';
import { CheckList } from '../../parts/check-list.tsx';
import { Field, TEXT_MAX } from '../../parts/field.tsx';
import { SecretDialog } from '../../parts/secret-dialog.tsx';
import { useOperator } from '../../session/operator-context.ts';
import { DETAIL } from '../../detail-text.ts';

const { webhooks } = DETAIL;
const EVENTS = WEBHOOK_EVENTS.map((value) => ({ value }));
type EventName = (typeof WEBHOOK_EVENTS)[number];

const isUrl = (text: string): boolean => /^https?:\/\/[^\s/]+/.test(text);

function useFields() {
  const [url, setUrl] = useState('');
  const [description, setDescription] = useState('');
  const [kinds, setKinds] = useState<ReadonlySet<EventName>>(new Set());
  return { url, setUrl, description, setDescription, kinds, setKinds };
}

/** Asks for a new endpoint, and shows its secret. */
export default function AddEndpoint({ onClose }: { onClose: () => void }) {
  const { client } = useOperator();
  const fields = useFields();
  const [secret, setSecret] = useState('');
  const action = useAction(client.webhooks.create.mutate, {
    done: () => webhooks.added,
    onDone: (made) => setSecret(made.secret),
  });
  if (secret !== '') {
    return <SecretDialog title={webhooks.secretTitle} note={webhooks.secretNote} secret={secret} onClose={onClose} />;
  }
  const { kinds } = fields;
  const [url, description] = [fields.url.trim(), fields.description.trim()];
  const events = kinds.size > 0 ? { events: [...kinds] } : {};
  return (
    <ActionDialog
      title={webhooks.add}
      confirm={webhooks.add}
      effects={kinds.size > 0 ? webhooks.addSomeEffects(url, kinds.size) : webhooks.addEffects(url)}
      isReady={isUrl(url)}
      action={action}
      onConfirm={(reason) => action.run({ url, reason, ...events, ...(description !== '' && { description }) })}
      onClose={onClose}
    >
      <EndpointFields {...fields} />
    </ActionDialog>
  );
}

function EndpointFields({ url, setUrl, description, setDescription, kinds, setKinds }: ReturnType<typeof useFields>) {
  return (
    <>
      <Field
        label={webhooks.url}
        hint={webhooks.urlHint}
        problem={url.trim() === '' || isUrl(url.trim()) ? null : webhooks.urlProblem}
        type="url"
        value={url}
        maxLength={2_048}
        onChange={(event) => setUrl(event.target.value)}
      />
      <Field
        label={webhooks.description}
        hint={webhooks.descriptionHint}
        value={description}
        maxLength={TEXT_MAX}
        onChange={(event) => setDescription(event.target.value)}
      />
      <CheckList
        label={kinds.size > 0 ? webhooks.subscribed : webhooks.allEvents}
        options={EVENTS}
        chosen={kinds}
        onChange={setKinds}
      />
    </>
  );
}
