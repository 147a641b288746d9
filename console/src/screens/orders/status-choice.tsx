import { DETAIL } from '../../detail-text.ts';
import shared from '../shared.module.css';

interface StatusChoiceProps<S extends string> {
  names: Readonly<Record<S, string>>;
  value: S | undefined;
  onChoose: (status: S | undefined) => void;
}

/** Chooses one status of a list, or any. */
export function StatusChoice<S extends string>({ names, value, onChoose }: StatusChoiceProps<S>) {
  const all = Object.keys(names) as S[];
  return (
    <select
      className={shared.select}
      aria-label={DETAIL.orders.status}
      value={value ?? ''}
      onChange={(event) => onChoose(all.find((status) => status === event.target.value))}
    >
      <option value="">{DETAIL.orders.anyStatus}</option>
      {all.map((status) => (
        <option key={status} value={status}>
          {names[status]}
        </option>
      ))}
    </select>
  );
}
