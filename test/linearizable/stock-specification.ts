import type { Operation, Specification } from './checker.ts';

/** A call on one SKU. Holds are named by the reserve that made them. */
export type StockInput =
  | { do: 'reserve'; hold: string; units: number }
  | { do: 'release' | 'consume'; hold: string }
  | { do: 'level' };

export type StockOutput =
  | { is: 'done' }
  /** Refused for lack of units: so many were available. */
  | { is: 'insufficient'; available: number }
  /** Refused, because the hold had ended. */
  | { is: 'ended' }
  | { is: 'level'; onHand: number; reserved: number };

export type StockOperation = Operation<StockInput, StockOutput>;

interface StockState {
  onHand: number;
  reserved: number;
  /** The units of live holds. */
  holds: ReadonlyMap<string, number>;
}

/** What the stock of one SKU does if each call takes effect at one moment. Written from the documentation alone. */
export const stockSpecification = (onHand: number): Specification<StockState, StockInput, StockOutput> => ({
  initial: { onHand, reserved: 0, holds: new Map() },
  apply: (state, input, output) => {
    if (input.do === 'level') {
      const isRight = output?.is === 'level' && output.onHand === state.onHand && output.reserved === state.reserved;
      return isRight ? state : null;
    }
    return input.do === 'reserve' ? reserve(state, input, output) : end(state, input, output);
  },
  // Nobody knows the hold of an unknown reserve, so its name does not matter.
  effect: (input) => ('hold' in input ? (input.do === 'reserve' ? `${input.units}` : `${input.do} ${input.hold}`) : ''),
  text: (state) => `${state.onHand} ${state.reserved} ${[...state.holds.keys()].sort().join()}`,
});

function reserve(
  state: StockState,
  { hold, units }: Extract<StockInput, { do: 'reserve' }>,
  output: StockOutput | null,
): StockState | null {
  const available = state.onHand - state.reserved;
  if (output?.is === 'insufficient') return available < units && available === output.available ? state : null;
  if (output !== null && output.is !== 'done') return null;
  if (available < units) return null;
  const holds = output === null ? state.holds : new Map(state.holds).set(hold, units);
  return { ...state, reserved: state.reserved + units, holds };
}

function end(
  state: StockState,
  input: Extract<StockInput, { do: 'release' | 'consume' }>,
  output: StockOutput | null,
): StockState | null {
  const units = state.holds.get(input.hold);
  if (output?.is === 'ended') return units === undefined ? state : null;
  if ((output !== null && output.is !== 'done') || units === undefined) return null;
  const holds = new Map(state.holds);
  holds.delete(input.hold);
  return { onHand: state.onHand - (input.do === 'consume' ? units : 0), reserved: state.reserved - units, holds };
}
