/** What is loaded when the browser has nothing else to do, so that it is there even if the server stops. */
const waiting = new Set<() => Promise<unknown>>();
let hasBegun = false;
let isLoading = false;

const RETRY_MS = 5_000;

/** Safari has no idle callbacks. */
const whenIdle = (work: () => void): void => {
  if ('requestIdleCallback' in window) requestIdleCallback(work);
  else setTimeout(work, 200);
};

/** Loads one after the other, because what the operator asks for goes first. */
function loadNext(): void {
  const [load] = waiting;
  if (!load || isLoading) return;
  isLoading = true;
  waiting.delete(load);
  const next = (after: (work: () => void) => void) => () => {
    isLoading = false;
    after(loadNext);
  };
  load().then(
    next(whenIdle),
    next((work) => {
      waiting.add(load);
      setTimeout(work, RETRY_MS);
    }),
  );
}

/** Loads this too, once `loadInBackground` was called. */
export function alsoInBackground(load: () => Promise<unknown>): void {
  waiting.add(load);
  if (hasBegun) whenIdle(loadNext);
}

/** Begins to load all lazy parts, and those that they bring along. */
export function loadInBackground(): void {
  if (hasBegun) return;
  hasBegun = true;
  whenIdle(loadNext);
}
