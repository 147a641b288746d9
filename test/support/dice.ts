/**
 * Random numbers from a seed: the same seed and name produce the same numbers. The course of a test also depends on
 * timing.
 */
export class Dice {
  #state: number;

  constructor(seed: number, name: string) {
    this.#state = [...name].reduce((state, char) => Math.imul(state ^ char.charCodeAt(0), 16_777_619), seed | 0);
  }

  /** At least 0, below 1 (mulberry32). */
  roll(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** An integer from `min` to `max`, both inclusive. */
  between(min: number, max: number): number {
    return min + Math.floor(this.roll() * (max - min + 1));
  }

  chance(probability: number): boolean {
    return this.roll() < probability;
  }

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.roll() * items.length)]!;
  }

  /** Returns one of the table's values. Each is as likely as its weight. */
  weighted<T>(table: readonly (readonly [weight: number, value: T])[]): T {
    let rest = this.roll() * table.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, value] of table) {
      rest -= weight;
      if (rest < 0) return value;
    }
    return table[0]![1];
  }
}
