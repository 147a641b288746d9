import { useState } from 'react';
import type { Inputs, StockLevel } from '../../../../src/client/client.ts';
import { useAction } from '../../live/use-action.ts';
import { ActionDialog } from '../../parts/action-dialog.tsx';
import { Field, TEXT_MAX } from '../../parts/field.tsx';
import { useOperator } from '../../session/operator-context.ts';
import { DETAIL } from '../../detail-text.ts';
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
      done: () => DETAIL.sku.saved(sku),
      onDone: onClose,
    },
  );
  const problems = problemsIn(draft);
  const changed = changedSettings(start, draft);
  const isReady = Object.keys(problems).length === 0 && Object.keys(changed).length > 0;
  return (
    <ActionDialog
      title={DETAIL.sku.editTitle(sku)}
      effects={[...DETAIL.sku.editEffects, DETAIL.sku.editRecorded]}
      confirm={DETAIL.sku.save}
      isReady={isReady}
      action={action}
      onConfirm={(reason) => action.run({ sku, reason, ...changed, ...locationOf(level) })}
      onClose={onClose}
    >
      <Fields
        {...{ draft, problems }}
        isKit={level.components !== undefined}
        safetyAt={locationOf(level).location ?? DETAIL.sku.main}
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
  const field = (name: TextSetting, label: string, hint: string) => (
    <Field
      {...{ label, hint }}
      problem={problems[name]}
      maxLength={TEXT_MAX}
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
        {field('title', DETAIL.sku.title, '')}
        {field('unitPrice', DETAIL.sku.price, DETAIL.sku.priceHint)}
        {field('limitPerCustomer', DETAIL.sku.limitPerCustomer, DETAIL.sku.limitHint)}
        {field('holdUnitsMax', DETAIL.sku.holdUnitsMax, DETAIL.sku.holdUnitsMaxHint)}
        {!isKit && field('safetyStock', DETAIL.sku.safetyStock, DETAIL.sku.safetyHint(safetyAt))}
        {!isKit && field('backorderLimit', DETAIL.sku.backorderLimit, DETAIL.sku.backorderHint)}
        {!isKit && field('shipsAt', DETAIL.sku.shipsAt, DETAIL.sku.shipsAtHint)}
      </div>
      {check('requiresCustomer', DETAIL.sku.requiresCustomer)}
      {check('protected', DETAIL.sku.protected)}
    </div>
  );
}
