import type { UnitTotal } from '../../contract/admin-outputs.ts';

/** A sum of whole numbers that stays exact however large it grows. */
export class ExactSum {
  /** What no longer fits in `#sum`. */
  #beyond = 0n;
  #sum = 0;

  /** Adds a safe integer. */
  add(units: number): void {
    const sum = this.#sum + units;
    if (Number.isSafeInteger(sum)) {
      this.#sum = sum;
      return;
    }
    this.#beyond += BigInt(this.#sum);
    this.#sum = units;
  }

  /** Replaces the sum by one that was kept. Throws `SyntaxError` or `RangeError` for what is not a whole number. */
  restore(total: UnitTotal): void {
    this.#beyond = BigInt(total);
    this.#sum = 0;
  }

  /** The sum: a number up to 2^53 - 1, beyond that its decimal digits. */
  get total(): UnitTotal {
    const exact = this.#beyond + BigInt(this.#sum);
    const number = Number(exact);
    return Number.isSafeInteger(number) ? number : String(exact);
  }
}
