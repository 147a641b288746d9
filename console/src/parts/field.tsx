import { type ComponentProps, type ReactNode, useEffect, useId, useRef } from 'react';
import { TEXT } from '../text.ts';
import styles from './field.module.css';

interface FieldProps extends Omit<ComponentProps<'input'>, 'id'> {
  label: string;
  /** What the field accepts, or what it is for. */
  hint?: ReactNode;
  /** What is wrong with the value, as a sentence. */
  problem?: string | null | undefined;
}

/** The most characters of a reason, a title or a reference. */
export const TEXT_MAX = 255;

/** Returns what is wrong with a text that is too long. It is not cut, because nobody would see that. */
export const lengthProblem = (text: string, max: number): string | null =>
  text.length > max ? TEXT.parts.tooLong(text.length, max) : null;

/**
 * An input with its label, hint and problem, which screen readers read with it. A text longer than `maxLength` is a
 * problem, with which the browser does not send the form.
 */
export function Field({ label, hint, problem: given, maxLength, ...rest }: FieldProps) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const noteId = `${id}-note`;
  const tooLong = maxLength === undefined ? null : lengthProblem(String(rest.value ?? ''), maxLength);
  const problem = given ?? tooLong;
  const note = problem ?? hint;
  useEffect(() => input.current?.setCustomValidity(tooLong ?? ''), [tooLong]);
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        ref={input}
        className={styles.input}
        autoComplete="off"
        aria-invalid={problem ? true : undefined}
        aria-describedby={note ? noteId : undefined}
        {...rest}
      />
      {note && (
        <p id={noteId} className={problem ? styles.problem : styles.hint}>
          {note}
        </p>
      )}
    </div>
  );
}
