import styles from './choice-bar.module.css';

interface ChoiceBarProps<T extends string> {
  /** What is chosen, for screen readers. */
  label: string;
  choices: readonly { value: T; label: string }[];
  value: T;
  onChoose: (value: T) => void;
}

/** A few choices side by side, of which one is on. */
export function ChoiceBar<T extends string>({ label, choices, value, onChoose }: ChoiceBarProps<T>) {
  return (
    <div className={styles.bar} role="group" aria-label={label}>
      {choices.map((each) => (
        <button
          key={each.value}
          type="button"
          aria-pressed={each.value === value}
          className={styles.choice}
          onClick={() => onChoose(each.value)}
        >
          {each.label}
        </button>
      ))}
    </div>
  );
}
