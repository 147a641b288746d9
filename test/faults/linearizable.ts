/** A call as its client saw it, in milliseconds of one clock. `returned` is infinite where the outcome is unknown. */
export interface Operation<Call, Result> {
  call: Call;
  called: number;
  returned: number;
  /** Absent where the outcome is unknown. */
  result?: Result;
}

/** Returns the state after the call, or null where the call cannot have this result in this state. */
export type Step<State, Call, Result> = (state: State, call: Call, result: Result | undefined) => State | null;

/**
 * Returns whether some order of the operations explains all results, where each takes effect at one instant between its
 * call and its return. An operation of unknown outcome may have its effect at any time after its call, or none. (J.
 * Wing, C. Gong: Testing and Verifying Concurrent Objects, 1993; with G. Lowe's cache of visited states.)
 */
export function isLinearizable<State, Call, Result>(
  history: readonly Operation<Call, Result>[],
  initial: State,
  step: Step<State, Call, Result>,
): boolean {
  const operations = history.toSorted((a, b) => a.called - b.called);
  const visited = new Set<string>();
  const search = (state: State, done: bigint): boolean => {
    const key = `${done} ${JSON.stringify(state)}`;
    if (visited.has(key)) return false;
    visited.add(key);
    const left = operations.map((_, index) => index).filter((index) => !(done & (1n << BigInt(index))));
    if (left.every((index) => operations[index]!.returned === Infinity)) return true;
    // The next operation must have been called before the first of the others returned.
    const firstReturn = Math.min(...left.map((index) => operations[index]!.returned));
    return left.some((index) => {
      const { called, call, result } = operations[index]!;
      const next = called <= firstReturn ? step(state, call, result) : null;
      return next !== null && search(next, done | (1n << BigInt(index)));
    });
  };
  return search(initial, 0n);
}
