import { useEffect, useState } from 'react';
import { ChoiceBar } from '../../parts/choice-bar.tsx';
import { wholeNumber } from '../../parts/whole-number.ts';
import { TEXT } from '../../text.ts';
import styles from './stock-tools.module.css';

/** What the URL of the screen says. */
export interface StockSearch {
  find?: string | undefined;
  /** `all`: in the middle of names and in titles too. */
  within?: 'all' | undefined;
  show?: 'low' | 'out' | undefined;
  /** The most units that a low SKU has. */
  max?: number | undefined;
}

interface StockToolsProps {
  search: StockSearch;
  lowUnits: number;
  onChange: (next: StockSearch) => void;
  /** Called with the text of the search when Enter is pressed: if it is the name of a SKU, that is opened. */
  onEnter: (text: string) => void;
}

/** A search begins this long after the last key. */
const TYPING_MS = 120;
const { stock } = TEXT;

export function StockTools({ search, lowUnits, onChange, onEnter }: StockToolsProps) {
  return (
    <div className={styles.tools} role="search" aria-label={stock.search}>
      <FindInput {...{ search, onChange, onEnter }} />
      <ChoiceBar
        label={stock.where}
        value={search.within ?? 'start'}
        choices={[
          { value: 'start', label: stock.startsWith },
          { value: 'all', label: stock.contains },
        ]}
        onChoose={(within) => onChange({ within: within === 'all' ? within : undefined })}
      />
      <ChoiceBar
        label={stock.which}
        value={search.show ?? 'every'}
        choices={[
          { value: 'every', label: stock.every },
          { value: 'low', label: stock.low },
          { value: 'out', label: stock.out },
        ]}
        onChoose={(show) => onChange({ show: show === 'every' ? undefined : show })}
      />
      {search.show === 'low' && <LowUnits units={search.max ?? lowUnits} onChange={(max) => onChange({ max })} />}
    </div>
  );
}

function FindInput({ search, onChange, onEnter }: Pick<StockToolsProps, 'search' | 'onChange' | 'onEnter'>) {
  const [term, setTerm] = useTyped(search.find ?? '', (find) => onChange({ find: find || undefined }));
  const enter = (): void => {
    // The address has the search before another screen opens, so that nothing that was typed follows it there.
    onChange({ find: term || undefined });
    if (term.trim() !== '') onEnter(term.trim());
  };
  return (
    <input
      type="search"
      className={styles.find}
      aria-label={stock.find}
      placeholder={stock.find}
      maxLength={128}
      value={term}
      onChange={(event) => setTerm(event.target.value)}
      onKeyDown={(event) => event.key === 'Enter' && enter()}
    />
  );
}

function LowUnits({ units, onChange }: { units: number; onChange: (units: number) => void }) {
  const [typed, setTyped] = useTyped(String(units), (text) => {
    const value = wholeNumber(text);
    if (value !== null && value >= 0) onChange(value);
  });
  return (
    <label className={styles.low}>
      {stock.atMost}
      <input inputMode="numeric" value={typed} maxLength={9} onChange={(event) => setTyped(event.target.value)} />
      {stock.unitsLeft}
    </label>
  );
}

/** The text of an input, which is passed on when nobody has typed for a moment. It follows a changed URL. */
function useTyped(value: string, onTyped: (text: string) => void): [string, (text: string) => void] {
  const [text, setText] = useState(value);
  const [known, setKnown] = useState(value);
  if (known !== value) {
    setKnown(value);
    setText(value);
  }
  useEffect(() => {
    if (text === value) return undefined;
    const timer = setTimeout(() => onTyped(text), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text, value]);
  return [text, setText];
}
