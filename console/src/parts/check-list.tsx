import styles from './check-list.module.css';

interface CheckListProps<T extends string> {
  label: string;
  /** What each choice means, in its second line. */
  options: readonly { value: T; note?: string }[];
  chosen: ReadonlySet<T>;
  onChange: (chosen: ReadonlySet<T>) => void;
}

/** Checkboxes, of which any number may be chosen. */
export function CheckList<T extends string>({ label, options, chosen, onChange }: CheckListProps<T>) {
  const toggle = (value: T): void => {
    const next = new Set(chosen);
    if (!next.delete(value)) next.add(value);
    onChange(next);
  };
  return (
    <fieldset className={styles.list}>
      <legend>{label}</legend>
      {options.map(({ value, note }) => (
        <label key={value} className={styles.option}>
          <input type="checkbox" checked={chosen.has(value)} onChange={() => toggle(value)} />
          <span>
            {value}
            {note && <small>{note}</small>}
          </span>
        </label>
      ))}
    </fieldset>
  );
}
