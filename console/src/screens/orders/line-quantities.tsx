import { useState } from 'react';
import { Field } from '../../parts/field.tsx';
import { DETAIL } from '../../detail-text.ts';
import { type BoundedLine, sumOf } from './line-units.ts';
import styles from './orders.module.css';

export interface ChosenUnits {
  /** The lines with at least one unit. */
  lines: { sku: string; quantity: number }[];
  sum: number;
  /** Whether all numbers are within their bounds, and at least one is not 0. */
  isReady: boolean;
  fields: BoundedLine[];
  texts: readonly string[];
  set: (index: number, text: string) => void;
}

/** Keeps the units of each line that an action is about: all that are possible, until they are changed. */
export function useChosenUnits(bounds: readonly BoundedLine[], start: 'all' | 'none'): ChosenUnits {
  // The bounds are those of the moment at which the dialog was opened. The server checks them again.
  const [fields] = useState(() => [...bounds]);
  const [texts, setTexts] = useState(() => fields.map(({ max }) => (start === 'all' ? String(max) : '0')));
  const numbers = fields.map(({ max }, index) => unitsOf(texts[index] ?? '', max));
  const lines = fields.flatMap(({ sku }, index) => {
    const quantity = numbers[index];
    return quantity ? [{ sku, quantity }] : [];
  });
  return {
    lines,
    sum: sumOf(lines.map(({ quantity }) => quantity)),
    isReady: lines.length > 0 && numbers.every((each) => each !== null),
    fields,
    texts,
    set: (index, text) => setTexts(texts.map((each, at) => (at === index ? text : each))),
  };
}

const unitsOf = (text: string, max: number): number | null =>
  /^\d{1,13}$/.test(text.trim()) && Number(text) <= max ? Number(text) : null;

/** A number for each line, with its bound. */
export const LineQuantities = ({ units: { fields, texts, set } }: { units: ChosenUnits }) => (
  <div className={styles.quantities}>
    {fields.map(({ sku, max }, index) => {
      const text = texts[index] ?? '';
      return (
        <Field
          key={`${sku} ${index}`}
          label={sku}
          hint={DETAIL.orders.bound(max)}
          problem={unitsOf(text, max) === null ? DETAIL.orders.boundWrong(max) : null}
          inputMode="numeric"
          value={text}
          onChange={(event) => set(index, event.target.value)}
        />
      );
    })}
  </div>
);
