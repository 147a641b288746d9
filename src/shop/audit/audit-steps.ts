import type { AUDIT_STEPS, RunningAudit } from '../../contract/outputs/status-outputs.ts';
import type { ScanPage } from '../../store/store.ts';
import type { LedgerCursor } from './ledger-cursor.ts';

/** The progress of an audit: its step, and how much of that is done. */
export class AuditSteps {
  #step: (typeof AUDIT_STEPS)[number] = 'ledger';
  #records = 0;
  /** The value of `done` at the end of the step; null until it is known. */
  #goal: number | null = null;

  /** The first step: the cursor reads the ledger up to this sequence. */
  beginLedger(sequence: number): void {
    this.#goal = sequence;
  }

  begin(step: (typeof AUDIT_STEPS)[number]): void {
    this.#step = step;
    this.#records = 0;
    this.#goal = null;
  }

  add({ stock, holds, documents, total }: ScanPage): void {
    this.#records += stock.length + holds.length + documents.length;
    this.#goal = total;
  }

  progress({ reached }: LedgerCursor): Pick<RunningAudit, 'step' | 'done' | 'of'> {
    const [step, goal] = [this.#step, this.#goal];
    const done = step === 'ledger' ? reached : this.#records;
    if (goal === null) return { step, done: step === 'ledger' ? 0 : done };
    // A scan may return a record twice, and records are created meanwhile.
    return { step, done: Math.min(done, goal), of: goal };
  }
}
