/** Bounds how many calls of one batch run at the same time. Further ones wait in order. */
export class CallGate {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(callsMax: number) {
    this.#free = callsMax;
  }

  /** Resolves when a call may begin. `leave` has to be called once it has ended. */
  async enter(): Promise<void> {
    if (this.#free === 0) return new Promise((resolve) => this.#waiting.push(resolve));
    this.#free -= 1;
    return undefined;
  }

  leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free += 1;
  }
}
