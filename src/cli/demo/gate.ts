import { Chain } from '../../actor/chain.ts';

/** Lets a bounded number through at once; the others wait, first come, first served. */
export class Gate {
  readonly #waiting = new Chain<() => void>();
  #free: number;

  constructor(width: number) {
    this.#free = width;
  }

  async through<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => void this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      // Who leaves hands the place on.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    }
  }
}
