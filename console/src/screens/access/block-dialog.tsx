import { useState } from 'react';
import { useAction } from '../../live/use-action.ts';
import { ActionDialog } from '../../parts/action-dialog.tsx';
import { Field } from '../../parts/field.tsx';
import { SelectField } from '../../parts/select-field.tsx';
import { useOperator } from '../../session/operator-context.ts';
import { shopNow } from '../../shop-time.ts';
import { DETAIL } from '../../detail-text.ts';
import { BLOCK_MS, type BlockLife } from './lifetimes.ts';

const { access } = DETAIL;
const LIVES = Object.entries(access.blockLives).map(([value, label]) => ({ value, label }));

const isSession = (text: string): boolean => /^[\w-]{22}$/.test(text);
const isClient = (text: string): boolean => /^clt_[\w-]+$/.test(text);

/** Blocks a session or a client. */
export default function BlockDialog({ onClose }: { onClose: () => void }) {
  const { client } = useOperator();
  const [text, setText] = useState('');
  const [life, setLife] = useState<BlockLife>('day');
  const [now] = useState(shopNow);
  const action = useAction(client.sessions.block.mutate, { done: () => access.blocked, onDone: onClose });
  const who = text.trim();
  const isKnown = isSession(who) || isClient(who);
  const ms = BLOCK_MS[life];
  const named = isClient(who) ? { client: who } : { session: who };
  const until = ms === null ? {} : { untilMs: now + ms };
  return (
    <ActionDialog
      title={access.blockTitle}
      confirm={access.block}
      effects={access.blockEffects(who)}
      isReady={isKnown}
      action={action}
      onConfirm={(reason) => action.run({ ...named, reason, ...until })}
      onClose={onClose}
    >
      <Field
        label={access.blockWho}
        hint={access.blockHint}
        problem={who === '' || isKnown ? null : access.blockProblem}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <SelectField
        label={access.blockLife}
        options={LIVES}
        value={life}
        onChange={(event) => setLife(event.target.value as BlockLife)}
      />
    </ActionDialog>
  );
}
