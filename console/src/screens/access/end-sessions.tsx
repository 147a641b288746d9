import { useState } from 'react';
import { useAction } from '../../live/use-action.ts';
import { ActionDialog } from '../../parts/action-dialog.tsx';
import { Field } from '../../parts/field.tsx';
import { SelectField } from '../../parts/select-field.tsx';
import { useOperator } from '../../session/operator-context.ts';
import { DETAIL } from '../../detail-text.ts';

const { access } = DETAIL;

type Kind = keyof typeof access.revokeKinds;
const KINDS = Object.entries(access.revokeKinds).map(([value, label]) => ({ value, label }));

/** The field of the call that names each kind. */
const FIELDS = { customer: 'customerId', client: 'client', session: 'sessionId' } as const;

/** Ends the sessions of a customer or a client, or one session. */
export default function EndSessions({ onClose }: { onClose: () => void }) {
  const { client } = useOperator();
  const [kind, setKind] = useState<Kind>('customer');
  const [text, setText] = useState('');
  const action = useAction(client.session.revoke.mutate, { done: () => access.revokedSessions, onDone: onClose });
  const id = text.trim();
  return (
    <ActionDialog
      title={access.revokeSessionsTitle}
      confirm={access.revokeSessions}
      effects={[access.revokeSessionEffects[kind]]}
      word="end"
      isReady={id !== ''}
      action={action}
      onConfirm={(reason) => action.run({ [FIELDS[kind]]: id, reason })}
      onClose={onClose}
    >
      <SelectField
        label={access.revokeKind}
        options={KINDS}
        value={kind}
        onChange={(event) => setKind(event.target.value as Kind)}
      />
      <Field
        label={access.revokeId}
        hint={access.revokeIds[kind]}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
    </ActionDialog>
  );
}
