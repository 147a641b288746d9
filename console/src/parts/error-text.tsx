import { isRefusal, type RefusedError } from '../../../src/client/client.ts';
import { TEXT } from '../text.ts';
import { Button } from './button.tsx';
import styles from './error-text.module.css';

/** Returns the sentences for an error of a call: what happened, and what to do. */
export function errorText(error: unknown, noAnswer: string = TEXT.errors.noAnswer): string {
  if (!isRefusal(error)) return noAnswer;
  return (TEXT.errors.refusals[error.data.reason] as (meta: RefusedError['data']['meta']) => string)(error.data.meta);
}

interface ErrorTextProps {
  error: unknown;
  /** Adds a button that tries again. */
  onRetry?: (() => void) | undefined;
  /** The sentences for a call without an answer. */
  noAnswer?: string;
}

/** An error as sentences with what to do. Screen readers announce it. */
export function ErrorText({ error, onRetry, noAnswer }: ErrorTextProps) {
  // A key gets no other scopes, so the same call would be refused again.
  const isHopeless = isRefusal(error, 'not_authorized');
  return (
    <div className={styles.error} role="alert">
      <p>{errorText(error, noAnswer)}</p>
      {onRetry && !isHopeless && <Button onClick={onRetry}>{TEXT.parts.retry}</Button>}
    </div>
  );
}
