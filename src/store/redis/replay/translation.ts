import { idAfter, sequenceOf } from '../../../domain/movement-ids.ts';
import type { ExpectedVersion, Step } from '../../../domain/steps.ts';
import type { Transaction } from '../../../domain/transaction.ts';
import type { KnownWrite, LostWrites, MoveBody } from '../../loss-recovery.ts';

/**
 * Translates lost transactions for their replay. The sequence of a transaction is the version of all that it wrote, so
 * a replayed transaction has to name the new sequences of the ones before it.
 */
export class ReplayTranslation {
  readonly #loss: LostWrites;
  readonly #move: MoveBody;
  readonly #restored = new Map<number, number>();
  /** The keys of `#restored`, ascending. */
  readonly #order: number[] = [];

  constructor(loss: LostWrites, move: MoveBody) {
    this.#loss = loss;
    this.#move = move;
  }

  /** Records the new sequence of a transaction with a lost sequence. Call it in the order of the lost sequences. */
  restored(lost: number, sequence: number): void {
    this.#restored.set(lost, sequence);
    this.#order.push(lost);
  }

  /**
   * Returns the transaction to apply. It requests exactly the units that were granted, and its id is no longer marked
   * as new.
   */
  translated({ transaction, granted }: KnownWrite): Transaction {
    const units = granted.values();
    const steps = transaction.steps.map((step) => this.#step(step, units));
    return { ...transaction, isNew: false, hasNewHolds: false, steps };
  }

  /** Returns the lost sequence that a transaction expects as a version and that was not restored; null for none. */
  missing({ transaction }: KnownWrite): number | null {
    for (const step of transaction.steps) {
      const expect = 'key' in step ? step.expect : null;
      if (typeof expect === 'number' && this.#isLost(expect) && !this.#restored.has(expect)) return expect;
    }
    return null;
  }

  #isLost(sequence: number): boolean {
    return sequence > this.#loss.kept && sequence <= this.#loss.last;
  }

  #step(step: Step, units: Iterator<number>): Step {
    switch (step.kind) {
      case 'reserve': {
        const quantity = units.next().value ?? step.want;
        return { ...step, min: quantity, want: quantity };
      }
      case 'resize': {
        const quantity = units.next().value;
        if ('to' in step.change || quantity === undefined) return step;
        return { ...step, change: { by: { min: quantity, want: quantity } } };
      }
      case 'put': {
        const { key, expect, body } = step;
        const moved = body === undefined ? {} : { body: this.#move(key, body, (position) => this.#moved(position)) };
        return { ...step, expect: this.#version(expect), ...moved };
      }
      case 'drop':
        return { ...step, expect: this.#version(step.expect) };
      default:
        return step;
    }
  }

  #version(expect: ExpectedVersion): ExpectedVersion {
    return typeof expect === 'number' ? (this.#restored.get(expect) ?? expect) : expect;
  }

  /** Returns the position of the same entry, or a position after all restored entries before it. */
  #moved(position: string): string {
    const sequence = sequenceOf(position);
    if (!this.#isLost(sequence)) return position;
    const same = this.#restored.get(sequence);
    if (same !== undefined) return `${same}${position.slice(position.indexOf('-'))}`;
    const before = this.#restored.get(this.#order.findLast((lost) => lost < sequence) ?? 0);
    return idAfter(before ?? this.#loss.kept);
  }
}
