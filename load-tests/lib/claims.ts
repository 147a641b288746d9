import { check } from 'k6';

const LOGGED_MAX = 3;
let logged = 0;

/** Asserts a condition at this moment of the scenario, as a check of k6. No check may fail. */
export function claim(what: string, isSo: boolean, found: () => unknown): void {
  check(null, { [what]: () => isSo });
  if (isSo || logged === LOGGED_MAX) return;
  logged += 1;
  console.error(`not so: ${what}: ${JSON.stringify(found())}`);
}
