import type { AUDIT_STEPS, RunningAudit } from '../../contract/status-outputs.ts';
import type { ScanPage } from '../../store/store.ts';
import type { LedgerCursor } from './ledger-cursor.ts';

/** How far an audit is: its step, and what that has done. */
export class AuditSteps {
  #step: (typeof AUDIT_STEPS)[number] = 'ledger';
  #records = 0;
  #goal = 0;

  /** The first step: the cursor reads the ledger up to this sequence. */
  beginLedger(sequence: number): void {
    this.#goal = sequence;
  }

  begin(step: (typeof AUDIT_STEPS)[number]): void {
    this.#step = step;
    this.#records = 0;
  }

  add({ stock, holds, documents }: ScanPage): void {
    this.#records += stock.length + holds.length + documents.length;
  }

  progress({ reached }: LedgerCursor): Pick<RunningAudit, 'step' | 'done' | 'of'> {
    const step = this.#step;
    if (step !== 'ledger') return { step, done: this.#records };
    return { step, done: Math.min(reached, this.#goal), of: this.#goal };
  }
}
