import type { Audit } from '../../contract/admin-outputs.ts';
import { type AuditOutcome, type AuditParts, AuditRun } from './audit-run.ts';
import { CHECKPOINT } from './checkpoint.ts';
import { settled } from '../../transact/settled.ts';

/** A ledger is trimmed once in weeks, so a trim rarely overlaps with an audit, and hardly ever twice. */
const AUDIT_ATTEMPTS_MAX = 3;

/** Runs one audit at a time. Calls during an audit share the next one. */
export class Auditor {
  readonly #parts: AuditParts;
  #last: Promise<unknown> = Promise.resolve();
  #next: Promise<Audit> | null = null;

  constructor(parts: AuditParts) {
    this.#parts = parts;
  }

  /** Resolves with an audit that begins after the call. Its time grows with the shop. Rejects with `StoreError`. */
  audit(): Promise<Audit> {
    if (this.#next) return this.#next;
    const next = this.#last.then(() => {
      this.#next = null;
      return this.#audit();
    });
    this.#next = next;
    this.#last = settled(next);
    return next;
  }

  /** Repeats an audit with findings if the ledger was trimmed during it, because it missed entries then. */
  async #audit(): Promise<Audit> {
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await new AuditRun(this.#parts).run();
      if (outcome.audit.ok || attempt === AUDIT_ATTEMPTS_MAX || !(await this.#isOvertaken(outcome)))
        return outcome.audit;
    }
  }

  async #isOvertaken({ base }: AuditOutcome): Promise<boolean> {
    const { documents } = await this.#parts.read({ documents: [CHECKPOINT] });
    return (documents[0]?.record.version ?? null) !== base;
  }
}
