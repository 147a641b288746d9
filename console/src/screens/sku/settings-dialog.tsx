import { useState } from 'react';
import type { Inputs, StockLevel } from '../../../../src/client/client.ts';
import { useAction } from '../../live/use-action.ts';
import { ActionDialog } from '../../parts/action-dialog.tsx';
import { Field } from '../../parts/field.tsx';
import { useOperator } from '../../session/operator-context.ts';
import { TEXT } from '../../text.ts';
import { changedSettings, type Draft, draftOf, problemsIn } from './settings-draft.ts';
import shared from '../shared.module.css';

interface SettingsDialogProps {
  level: StockLevel;
  onClose: () => void;
}

/** Changes the settings of a SKU. It sends only what was changed. */
export default function SettingsDialog({ level, onClose }: SettingsDialogProps) {
  const { client } = useOperator();
  const [start] = useState(() => draftOf(level));
  const [draft, setDraft] = useState(start);
  const { sku } = level;
  const action = useAction(
    (input: Omit<Inputs['stock']['define'], 'idempotencyKey'>) => client.stock.define.mutate(input),
    {
      done: () => TEXT.sku.saved(sku),
      onDone: onClose,
    },
  );
  const problems = problemsIn(draft);
  const changed = changedSettings(start, draft);
  const isReady = Object.keys(problems).length === 0 && Object.keys(changed).length > 0;
  return (
    <ActionDialog
      title={TEXT.sku.editTitle(sku)}
      effects={[...TEXT.sku.editEffects, TEXT.sku.editRecorded]}
      confirm={TEXT.sku.save}
      reason="none"
      isReady={isReady}
      action={action}
      onConfirm={() => action.run({ sku, ...changed, ...locationOf(level) })}
      onClose={onClose}
    >
      <Fields
        {...{ draft, problems }}
        isKit={level.components !== undefined}
        safetyAt={locationOf(level).location ?? TEXT.sku.main}
        set={(change) => setDraft({ ...draft, ...change })}
      />
    </ActionDialog>
  );
}

/** The safety stock and the backorders are those of one location: `main`, or the first that has the SKU. */
function locationOf({ locations }: StockLevel): { location?: string } {
  const first = locations?.find(({ location }) => location === 'main') ?? locations?.[0];
  return first ? { location: first.location } : {};
}

interface FieldsProps {
  draft: Draft;
  problems: ReturnType<typeof problemsIn>;
  isKit: boolean;
  safetyAt: string;
  set: (change: Partial<Draft>) => void;
}

type TextSetting = { [K in keyof Draft]: Draft[K] extends string ? K : never }[keyof Draft];

function Fields({ draft, problems, isKit, safetyAt, set }: FieldsProps) {
  const field = (name: TextSetting, label: string, hint: string, type = 'text') => (
    <Field
      {...{ label, hint, type }}
      problem={problems[name]}
      value={draft[name]}
      onChange={(event) => set({ [name]: event.target.value })}
    />
  );
  const check = (name: 'requiresCustomer' | 'protected', label: string) => (
    <label className={shared.check}>
      <input type="checkbox" checked={draft[name]} onChange={(event) => set({ [name]: event.target.checked })} />
      {label}
    </label>
  );
  return (
    <div className={shared.fields}>
      <div className={shared.pair}>
        {field('title', TEXT.sku.title, '')}
        {field('unitPrice', TEXT.sku.price, TEXT.sku.priceHint)}
        {field('limitPerCustomer', TEXT.sku.limitPerCustomer, TEXT.sku.limitHint)}
        {field('holdUnitsMax', TEXT.sku.holdUnitsMax, TEXT.sku.holdUnitsMaxHint)}
        {!isKit && field('safetyStock', TEXT.sku.safetyStock, TEXT.sku.safetyHint(safetyAt))}
        {!isKit && field('backorderLimit', TEXT.sku.backorderLimit, TEXT.sku.backorderHint)}
        {!isKit && field('shipsAt', TEXT.sku.shipsAt, TEXT.sku.shipsAtHint, 'datetime-local')}
      </div>
      {check('requiresCustomer', TEXT.sku.requiresCustomer)}
      {check('protected', TEXT.sku.protected)}
    </div>
  );
}
