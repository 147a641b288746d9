import { useState } from 'react';
import { isRefusal, type StockLevel } from '../../../src/client/client.ts';
import { change, number } from '../format.ts';
import { useAction } from '../live/use-action.ts';
import { ActionDialog } from '../parts/action-dialog.tsx';
import { Field, TEXT_MAX } from '../parts/field.tsx';
import { isTooLarge, UNITS_MAX, wholeNumber } from '../parts/whole-number.ts';
import { useOperator } from '../session/operator-context.ts';
import { TEXT } from '../text.ts';
import { firstLocation, LocationField } from './location-field.tsx';

const { stock } = TEXT;

/** What the operator is about to do with the stock of a SKU. */
export interface StockWork {
  kind: 'count' | 'receive' | 'adjust';
  level: StockLevel;
}

interface StockDialogProps {
  work: StockWork;
  onClose: () => void;
}

/** The values of the form, and what they mean. */
function useStockForm({ kind, level }: StockWork) {
  const [typed, setTyped] = useState('');
  const [reference, setReference] = useState('');
  const [location, setLocation] = useState(() => firstLocation(level));
  // What a refusal has shown is newer than the level that the dialog was opened with.
  const [newer, setNewer] = useState<Readonly<Record<string, number>>>({});
  const onHand = newer[location] ?? onHandAt(level, location);
  const see = (units: number): void => setNewer({ ...newer, [location]: units });
  const value = wholeNumber(typed);
  const next = value === null ? null : kind === 'count' ? value : onHand + value;
  const problem = problemOf(kind, typed, next);
  return { typed, setTyped, reference, setReference, location, setLocation, onHand, see, value, next, problem };
}

type StockForm = ReturnType<typeof useStockForm>;

/** Counts, receives or adjusts the units of a SKU. It says what the units on hand will be. */
export default function StockDialog({ work, onClose }: StockDialogProps) {
  const { kind, level } = work;
  const form = useStockForm(work);
  const { value, next, problem, onHand, location, reference } = form;
  const action = useStockAction({ kind, sku: level.sku, onDone: onClose, onMismatch: form.see });
  const place = level.locations ? { location } : {};
  const confirm = (reason: string): void => {
    if (value === null) return;
    const more = { ...place, ...(kind === 'receive' && reference && { reference }) };
    action.run({ value, expectedOnHand: onHand, reason, more });
  };
  return (
    <ActionDialog
      title={stock.titles[kind](level.sku)}
      effects={effectsOf({ level, onHand, next: problem === null ? next : null })}
      confirm={stock[kind]}
      isReady={next !== null && problem === null}
      action={action}
      onConfirm={confirm}
      onClose={onClose}
    >
      <Fields work={work} form={form} />
    </ActionDialog>
  );
}

const Fields = ({ work: { kind, level }, form }: { work: StockWork; form: StockForm }) => (
  <>
    {level.locations && <LocationField level={level} value={form.location} onChange={form.setLocation} />}
    <Field
      label={stock.inputs[kind]}
      hint={stock.hints[kind]}
      problem={form.problem}
      inputMode={kind === 'adjust' ? 'text' : 'numeric'}
      autoFocus
      value={form.typed}
      onChange={(event) => form.setTyped(event.target.value)}
    />
    {kind === 'receive' && (
      <Field
        label={stock.reference}
        hint={stock.referenceHint}
        value={form.reference}
        maxLength={TEXT_MAX}
        onChange={(event) => form.setReference(event.target.value)}
      />
    )}
  </>
);

interface Change {
  reason: string;
  value: number;
  expectedOnHand: number;
  more: { location?: string; reference?: string };
}

interface StockActionOptions {
  kind: StockWork['kind'];
  sku: string;
  onDone: () => void;
  /** Called with the units on hand if a count was refused because they have changed. */
  onMismatch: (onHand: number) => void;
}

function useStockAction({ kind, sku, onDone, onMismatch }: StockActionOptions) {
  const { client } = useOperator();
  const send = async ({ value, expectedOnHand, reason, more, idempotencyKey }: Change & { idempotencyKey: string }) => {
    const shared = { sku, reason, ...more, idempotencyKey };
    if (kind === 'receive') return client.stock.receive.mutate({ ...shared, quantity: value });
    if (kind === 'adjust') return client.stock.adjust.mutate({ ...shared, delta: value });
    try {
      return await client.stock.count.mutate({ ...shared, onHand: value, expectedOnHand });
    } catch (error) {
      if (isRefusal(error, 'count_mismatch')) onMismatch(error.data.meta.onHand);
      throw error;
    }
  };
  return useAction(send, { done: ({ onHand }) => stock.done(sku, number(onHand)), onDone });
}

function problemOf(kind: StockWork['kind'], typed: string, next: number | null): string | null {
  if (typed.trim() === '') return null;
  const value = wholeNumber(typed);
  if (value === null || next === null) return isTooLarge(typed) ? stock.tooLarge : stock.notWhole;
  if (Math.abs(value) > UNITS_MAX || next > UNITS_MAX) return stock.tooLarge;
  if (kind === 'receive' && value < 1) return stock.notPositive;
  if (kind === 'adjust' && value === 0) return stock.noChange;
  return next < 0 ? stock.belowZero : null;
}

function effectsOf({ level, onHand, next }: { level: StockLevel; onHand: number; next: number | null }): string[] {
  if (next === null) return [stock.now(number(onHand))];
  const promised = level.reserved + level.committed - level.backordered;
  return [
    stock.becomes(number(onHand), number(next), change(next - onHand)),
    ...(level.locations === undefined && promised > 0 && next < promised
      ? [stock.belowPromised(number(promised))]
      : []),
  ];
}

const onHandAt = ({ onHand, locations }: StockLevel, location: string): number =>
  locations ? (locations.find((each) => each.location === location)?.onHand ?? 0) : onHand;
