const KEPT_MAX = 40;

/** Collects violations. A scenario continues after a fault, so that one run reports all of them. */
export class Faults {
  readonly list: string[] = [];
  count = 0;

  add(fault: string): void {
    this.count += 1;
    if (this.list.length < KEPT_MAX) this.list.push(fault);
  }

  /** `about` is called only where the condition does not hold. */
  unless(holds: boolean, about: () => string): void {
    if (!holds) this.add(about());
  }
}
