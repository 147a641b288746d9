const KEPT_MAX = 40;

/** What should not have happened. A scenario goes on after a fault, so that one run tells all there is to tell. */
export class Faults {
  readonly list: string[] = [];
  count = 0;

  add(fault: string): void {
    this.count += 1;
    if (this.list.length < KEPT_MAX) this.list.push(fault);
  }

  /** `about` is asked only where it does not hold. */
  unless(holds: boolean, about: () => string): void {
    if (!holds) this.add(about());
  }
}
