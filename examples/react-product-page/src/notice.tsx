import { textOf } from './refusal-text.ts';

interface NoticeProps {
  error: unknown;
  /** Repeats the call with the same key. */
  askAgain?: (() => void) | undefined;
}

export function Notice({ error, askAgain }: NoticeProps) {
  return (
    <div className="notice" role="alert">
      <span>{textOf(error)}</span>
      {askAgain && (
        <button type="button" onClick={askAgain}>
          Try again
        </button>
      )}
    </div>
  );
}
