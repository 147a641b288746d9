import { type ReactNode, useState } from 'react';
import type { Outputs, StockLevel } from '../../../../src/client/client.ts';
import { change, number } from '../../format.ts';
import { useAction } from '../../live/use-action.ts';
import { useHoldWalk } from '../../live/use-hold-walk.ts';
import { ActionDialog } from '../../parts/action-dialog.tsx';
import { Field } from '../../parts/field.tsx';
import { SelectField } from '../../parts/select-field.tsx';
import { wholeNumber } from '../../parts/whole-number.ts';
import { useOperator } from '../../session/operator-context.ts';
import { DETAIL } from '../../detail-text.ts';
import { TEXT } from '../../text.ts';
import type { Hold } from '../hold-owner.ts';
import { firstLocation, LocationField } from '../location-field.tsx';
import { OwnerLink } from '../owner-link.tsx';
import { endingHolds, unitsAt } from './write-off-units.ts';
import shared from '../shared.module.css';

const { writeOff: text } = DETAIL;

type TakeFrom = keyof typeof text.sources;
const SOURCES = Object.entries(text.sources).map(([value, label]) => ({ value, label }));

/** The values of the form, and what they mean. */
function useWriteOffForm(level: StockLevel) {
  const [typed, setTyped] = useState('');
  const [location, setLocation] = useState(() => firstLocation(level));
  const [takeFrom, setTakeFrom] = useState<TakeFrom>('available');
  const units = unitsAt(level, location);
  const most = takeFrom === 'available' ? units.free : units.most;
  const quantity = wholeNumber(typed);
  const isFine = quantity !== null && quantity >= 1 && quantity <= most;
  const missing = isFine && takeFrom === 'newest_holds' ? Math.max(0, quantity - units.free) : 0;
  const fields = { typed, setTyped, location, setLocation, takeFrom, setTakeFrom };
  return { ...fields, ...units, most, quantity, isFine, missing };
}

type WriteOffForm = ReturnType<typeof useWriteOffForm>;

interface WriteOffDialogProps {
  level: StockLevel;
  onClose: () => void;
}

/** Writes off units that are damaged, lost or stolen. It says whose holds will end, and whose holds have ended. */
export default function WriteOffDialog({ level, onClose }: WriteOffDialogProps) {
  const { client, may } = useOperator();
  const { sku } = level;
  const form = useWriteOffForm(level);
  const { quantity, isFine, location, takeFrom, missing } = form;
  const { data: walk } = useHoldWalk({ sku }, takeFrom === 'newest_holds' && may('holds.list')).query;
  // The ended holds are in no list any more, so their owners are those of the moment before.
  const [holds, setHolds] = useState<readonly Hold[]>([]);
  const [after, setAfter] = useState<Outputs['stock']['writeOff'] | null>(null);
  const action = useAction(client.stock.writeOff.mutate, {
    done: ({ onHand }) => TEXT.stock.done(sku, number(onHand)),
    onDone: (written) => (written.endedHolds.length === 0 ? onClose() : setAfter(written)),
  });
  const confirm = (reason: string): void => {
    if (quantity === null) return;
    setHolds(walk?.holds ?? []);
    action.run({ sku, quantity, reason, takeFrom, ...(level.locations && { location }) });
  };
  const ending = walk?.isComplete ? endingHolds(walk.holds, location, missing) : [];
  return (
    <ActionDialog
      title={text.title(sku)}
      effects={after ? outcomeOf(after.endedHolds, holds) : effectsOf(form, ending)}
      confirm={text.confirm}
      word={text.word}
      isOver={after !== null}
      isReady={isFine}
      dismiss={after ? DETAIL.massRelease.close : undefined}
      action={action}
      onConfirm={confirm}
      onClose={onClose}
    >
      {after === null && <Fields level={level} form={form} />}
    </ActionDialog>
  );
}

const Fields = ({ level, form }: { level: StockLevel; form: WriteOffForm }) => (
  <>
    {level.locations && <LocationField level={level} value={form.location} onChange={form.setLocation} />}
    <SelectField
      label={text.takeFrom}
      value={form.takeFrom}
      options={SOURCES}
      onChange={(event) => form.setTakeFrom(event.target.value as TakeFrom)}
    />
    <Field
      label={text.units}
      hint={DETAIL.orders.bound(form.most)}
      problem={form.typed.trim() === '' || form.isFine ? null : text.unitsWrong(form.most)}
      inputMode="numeric"
      autoFocus
      value={form.typed}
      onChange={(event) => form.setTyped(event.target.value)}
    />
  </>
);

function effectsOf({ onHand, free, quantity, isFine, missing }: WriteOffForm, ending: readonly Hold[]): ReactNode[] {
  if (!isFine || quantity === null) return [text.now(onHand, free)];
  const next = TEXT.stock.becomes(number(onHand), number(onHand - quantity), change(-quantity));
  if (missing === 0) return [next, text.noHold];
  return [
    next,
    text.ends(missing),
    ...(ending.length > 0 ? [<Owners key="ending" label={text.ending} holds={ending} />] : []),
  ];
}

/** Says whose holds have ended. A hold that was not known before has only its id. */
function outcomeOf(ended: readonly string[], before: readonly Hold[]): ReactNode[] {
  const known = before.filter(({ holdId, kitHoldId }) => ended.includes(kitHoldId ?? holdId));
  const unknown = ended.filter((id) => !known.some(({ holdId, kitHoldId }) => (kitHoldId ?? holdId) === id));
  return [
    text.ended(ended.length),
    <Owners key="ended" label={text.endedOf} holds={known} />,
    ...(unknown.length > 0 ? [text.endedUnknown(unknown)] : []),
  ];
}

const OWNERS_SHOWN = 20;

const Owners = ({ label, holds }: { label: string; holds: readonly Hold[] }) => (
  <span className={shared.stack}>
    {label}
    {holds.slice(0, OWNERS_SHOWN).map(({ holdId, owner, quantity }) => (
      <span key={holdId}>
        <OwnerLink owner={owner} /> {text.unitsOf(quantity)}
      </span>
    ))}
    {holds.length > OWNERS_SHOWN && text.more(holds.length - OWNERS_SHOWN)}
  </span>
);
