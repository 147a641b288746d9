import type { StockLevel } from '../../../src/client/client.ts';
import { number } from '../format.ts';
import { SelectField } from '../parts/select-field.tsx';
import { TEXT } from '../text.ts';

/** The location of a shop that has defined no other one. */
const MAIN = 'main';

const { stock } = TEXT;

/** Returns the location that a form about a SKU begins with: `main` if it has the SKU, or else the first one. */
export const firstLocation = ({ locations }: StockLevel): string =>
  (locations?.find(({ location }) => location === MAIN) ?? locations?.[0])?.location ?? MAIN;

interface LocationFieldProps {
  level: StockLevel;
  value: string;
  onChange: (location: string) => void;
}

/** The choice of a location that has the SKU. */
export const LocationField = ({ level, value, onChange }: LocationFieldProps) => (
  <SelectField
    label={stock.location}
    value={value}
    options={(level.locations ?? []).map(({ location, onHand }) => ({
      value: location,
      label: stock.atLocation(location, number(onHand)),
    }))}
    onChange={(event) => onChange(event.target.value)}
  />
);
