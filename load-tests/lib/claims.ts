import { check } from 'k6';

const TOLD_MAX = 3;
let told = 0;

/** What must be so, at this very moment of the story: a check of k6, of which not one may fail. */
export function claim(what: string, isSo: boolean, found: () => unknown): void {
  check(null, { [what]: () => isSo });
  if (isSo || told === TOLD_MAX) return;
  told += 1;
  console.error(`not so: ${what}: ${JSON.stringify(found())}`);
}
