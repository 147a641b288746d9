const QUIET_MS = 1_000;

/**
 * Lets one line a second through for each kind, and says with it how many were left out: thousands of calls a
 * second fail in an outage, all for one reason.
 */
export function throttle(write: (kind: string, fields: object) => void, clock: () => number = () => performance.now()) {
  const kinds = new Map<string, { since: number; leftOut: number }>();
  return (kind: string, fields: object): void => {
    const now = clock();
    const state = kinds.get(kind);
    if (state && now - state.since < QUIET_MS) {
      state.leftOut += 1;
      return;
    }
    kinds.set(kind, { since: now, leftOut: 0 });
    write(kind, state?.leftOut ? { ...fields, leftOut: state.leftOut } : fields);
  };
}
