import { useState } from 'react';
import { type Scope, SCOPE_NAMES, SCOPES } from '../../../../src/contract/scope-names.ts';
import { useAction } from '../../live/use-action.ts';
import { ActionDialog } from '../../parts/action-dialog.tsx';
import { CheckList } from '../../parts/check-list.tsx';
import { Field } from '../../parts/field.tsx';
import { SelectField } from '../../parts/select-field.tsx';
import { useOperator } from '../../session/operator-context.ts';
import { shopNow } from '../../shop-time.ts';
import { DETAIL } from '../../detail-text.ts';
import { NewKey } from './new-key.tsx';
import { DAY_MS, LIFETIME_DAYS, type Lifetime } from './lifetimes.ts';

const { access } = DETAIL;
const LIFETIMES = Object.entries(access.lifetimes).map(([value, label]) => ({ value, label }));

const isName = (text: string): boolean => /^[\x21-\x7e]{1,64}$/.test(text);
const isRate = (text: string): boolean =>
  text === '' || (/^\d{1,7}$/.test(text) && Number(text) >= 1 && Number(text) <= 1e6);

function useFields() {
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<ReadonlySet<Scope>>(new Set());
  const [lifetime, setLifetime] = useState<Lifetime>('none');
  const [rate, setRate] = useState('');
  return { name: name.trim(), setName, scopes, setScopes, lifetime, setLifetime, rate: rate.trim(), setRate };
}

/** Asks for a new key, and shows it. */
export default function CreateKey({ onClose }: { onClose: () => void }) {
  const { client } = useOperator();
  const fields = useFields();
  const { name, scopes, lifetime, rate } = fields;
  const [made, setMade] = useState<{ key?: string } | null>(null);
  const action = useAction(client.keys.create.mutate, {
    done: ({ keyId }) => access.createdNotice(keyId),
    onDone: setMade,
  });
  // One time for the whole dialog, so that a repeated attempt is the same call.
  const [now] = useState(shopNow);
  if (made) return <NewKey made={made} onClose={onClose} />;
  const days = LIFETIME_DAYS[lifetime];
  const create = (reason: string): void =>
    action.run({
      name,
      scopes: [...scopes],
      reason,
      ...(days !== null && { expiresAt: now + days * DAY_MS }),
      ...(rate !== '' && { ratePerMinute: Number(rate) }),
    });
  return (
    <ActionDialog
      title={access.create}
      confirm={access.create}
      effects={access.createEffects(name, scopes.size, days)}
      isReady={isName(name) && isRate(rate)}
      action={action}
      onConfirm={create}
      onClose={onClose}
    >
      <KeyFields {...fields} />
    </ActionDialog>
  );
}

function KeyFields({
  name,
  setName,
  scopes,
  setScopes,
  lifetime,
  setLifetime,
  rate,
  setRate,
}: ReturnType<typeof useFields>) {
  const { scopes: own } = useOperator();
  const options = SCOPE_NAMES.filter((scope) => own.has(scope)).map((value) => ({ value, note: SCOPES[value] }));
  return (
    <>
      <Field
        label={access.name}
        hint={access.nameHint}
        problem={name === '' || isName(name) ? null : access.nameProblem}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <CheckList label={access.scopes} options={options} chosen={scopes} onChange={setScopes} />
      <SelectField
        label={access.validFor}
        options={LIFETIMES}
        value={lifetime}
        onChange={(event) => setLifetime(event.target.value as Lifetime)}
      />
      <Field
        label={access.rate}
        hint={access.rateHint}
        problem={isRate(rate) ? null : access.rateProblem}
        inputMode="numeric"
        value={rate}
        onChange={(event) => setRate(event.target.value)}
      />
    </>
  );
}
