import type { UnitTotal } from '../../contract/outputs/admin-outputs.ts';

/** A sum of integers that stays exact beyond 2^53. */
export class ExactSum {
  /** The part of the sum that does not fit in `#sum`. */
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

  /** Replaces the sum by a stored one. Throws `SyntaxError` or `RangeError` unless it is an integer. */
  restore(total: UnitTotal): void {
    this.#beyond = BigInt(total);
    this.#sum = 0;
  }

  /** The sum: a number up to 2^53 - 1, a string of decimal digits beyond. */
  get total(): UnitTotal {
    const exact = this.#beyond + BigInt(this.#sum);
    const number = Number(exact);
    return Number.isSafeInteger(number) ? number : String(exact);
  }
}
