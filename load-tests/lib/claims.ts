import { check } from 'k6';

const LOGGED_MAX = 3;
let logged = 0;

/** What must be so, at this very moment of the story: a check of k6, of which not one may fail. */
export function claim(what: string, isSo: boolean, found: () => unknown): void {
  check(null, { [what]: () => isSo });
  if (isSo || logged === LOGGED_MAX) return;
  logged += 1;
  console.error(`not so: ${what}: ${JSON.stringify(found())}`);
}
