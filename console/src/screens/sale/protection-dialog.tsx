import { useState } from 'react';
import type { Inputs, StockLevel } from '../../../../src/client/client.ts';
import { useAction } from '../../live/use-action.ts';
import { ActionDialog } from '../../parts/action-dialog.tsx';
import { Field } from '../../parts/field.tsx';
import { useOperator } from '../../session/operator-context.ts';
import { DETAIL } from '../../detail-text.ts';
import shared from '../shared.module.css';

const { protection: text } = DETAIL.sale;

type Terms = Pick<Inputs['stock']['define'], 'limitPerCustomer' | 'holdUnitsMax' | 'requiresCustomer'>;

interface ProtectInput extends Terms {
  skus: string[];
  reason: string;
}

interface ProtectionDialogProps {
  /** SKUs of which each is protected already, or none is. */
  levels: readonly StockLevel[];
  /** Whether the protected sale starts or stops. */
  starts: boolean;
  onClose: () => void;
}

/** Starts or stops the protected sale of SKUs: whether a session has to be admitted before it may reserve them. */
export default function ProtectionDialog({ levels, starts, onClose }: ProtectionDialogProps) {
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [limits, setLimits] = useState({ perCustomer: '', atOnce: '' });
  const [requiresCustomer, setRequiresCustomer] = useState(false);
  const chosen = levels.filter(({ sku }) => !left.has(sku));
  const skus = chosen.map(({ sku }) => sku);
  const terms = starts ? termsOf(limits, requiresCustomer) : {};
  const action = useProtection(starts, onClose);
  const inCarts = chosen.reduce((sum, { reserved }) => sum + reserved, 0);
  return (
    <ActionDialog
      title={starts ? text.start : text.stop}
      effects={starts ? text.startEffects(skus, inCarts, terms ?? {}) : text.stopEffects(skus)}
      confirm={starts ? text.start : text.stop}
      word={skus.length === 1 ? skus[0] : text.word(skus.length)}
      isReady={skus.length > 0 && terms !== null}
      action={action}
      onConfirm={(reason) => action.run({ skus, reason, ...terms })}
      onClose={onClose}
    >
      {levels.length > 1 && (
        <SkuChoice skus={levels.map(({ sku }) => sku)} left={left} onToggle={(sku) => setLeft(toggled(left, sku))} />
      )}
      {starts && <Limits limits={limits} onChange={(changed) => setLimits({ ...limits, ...changed })} />}
      {starts && <Check isOn={requiresCustomer} label={text.requiresCustomer} onChange={setRequiresCustomer} />}
    </ActionDialog>
  );
}

/** The call of each SKU has a key of its own, so a repeated attempt after a failure completes the others. */
function useProtection(isProtected: boolean, onDone: () => void) {
  const { client } = useOperator();
  const send = async ({ skus, idempotencyKey, ...terms }: ProtectInput & { idempotencyKey: string }) => {
    for (const [index, sku] of skus.entries()) {
      await client.stock.define.mutate({
        sku,
        ...terms,
        protected: isProtected,
        idempotencyKey: `${idempotencyKey}-${index}`,
      });
    }
    return skus;
  };
  return useAction<ProtectInput, string[]>(send, {
    done: (skus) => (isProtected ? text.started(skus) : text.stopped(skus)),
    onDone,
  });
}

const WHOLE = /^[1-9]\d{0,8}$/;
const isLimit = (value: string): boolean => value === '' || WHOLE.test(value);

/** Returns the settings that change; null if a limit is not a number. */
function termsOf(
  { perCustomer, atOnce }: { perCustomer: string; atOnce: string },
  requiresCustomer: boolean,
): Terms | null {
  if (!isLimit(perCustomer) || !isLimit(atOnce)) return null;
  return {
    ...(perCustomer !== '' && { limitPerCustomer: Number(perCustomer) }),
    ...(atOnce !== '' && { holdUnitsMax: Number(atOnce) }),
    ...(requiresCustomer && { requiresCustomer }),
  };
}

interface LimitsProps {
  limits: { perCustomer: string; atOnce: string };
  onChange: (changed: Partial<LimitsProps['limits']>) => void;
}

const Limits = ({ limits: { perCustomer, atOnce }, onChange }: LimitsProps) => (
  <div className={shared.pair}>
    <Field
      label={DETAIL.sku.limitPerCustomer}
      hint={text.unchanged}
      problem={isLimit(perCustomer) ? null : text.wholeWrong}
      value={perCustomer}
      inputMode="numeric"
      onChange={(event) => onChange({ perCustomer: event.target.value.trim() })}
    />
    <Field
      label={DETAIL.sku.holdUnitsMax}
      hint={text.unchanged}
      problem={isLimit(atOnce) ? null : text.wholeWrong}
      value={atOnce}
      inputMode="numeric"
      onChange={(event) => onChange({ atOnce: event.target.value.trim() })}
    />
  </div>
);

interface SkuChoiceProps {
  skus: readonly string[];
  /** Those that the action leaves out. */
  left: ReadonlySet<string>;
  onToggle: (sku: string) => void;
}

const SkuChoice = ({ skus, left, onToggle }: SkuChoiceProps) => (
  <div className={shared.fields} role="group" aria-label={text.skus}>
    {skus.map((sku) => (
      <Check key={sku} isOn={!left.has(sku)} label={sku} onChange={() => onToggle(sku)} />
    ))}
  </div>
);

const Check = ({ isOn, label, onChange }: { isOn: boolean; label: string; onChange: (isOn: boolean) => void }) => (
  <label className={shared.check}>
    <input type="checkbox" checked={isOn} onChange={(event) => onChange(event.target.checked)} />
    <span className={shared.id}>{label}</span>
  </label>
);

const toggled = (set: ReadonlySet<string>, item: string): ReadonlySet<string> =>
  set.has(item) ? new Set([...set].filter((each) => each !== item)) : new Set([...set, item]);
