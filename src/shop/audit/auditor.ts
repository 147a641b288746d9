import type { Audit } from '../../contract/admin-outputs.ts';
import { type AuditOutcome, type AuditParts, AuditRun } from './audit-run.ts';
import { CHECKPOINT } from './checkpoint.ts';
import { settled } from '../../transact/settled.ts';

/** A ledger is trimmed once in weeks: an audit is overtaken by that once, if ever. */
const ATTEMPTS_MAX = 3;

/** Audits one at a time: those who ask while one runs share the next. */
export class Auditor {
  readonly #parts: AuditParts;
  #last: Promise<unknown> = Promise.resolve();
  #next: Promise<Audit> | null = null;

  constructor(parts: AuditParts) {
    this.#parts = parts;
  }

  /** Begins after the call and takes as long as the shop is large. Rejects with `StoreError` when the store fails. */
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

  /** What the audit found is no news if the ledger was trimmed under it: it missed entries then. */
  async #audit(): Promise<Audit> {
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await new AuditRun(this.#parts).run();
      if (outcome.audit.ok || attempt === ATTEMPTS_MAX || !(await this.#isOvertaken(outcome))) return outcome.audit;
    }
  }

  async #isOvertaken({ base }: AuditOutcome): Promise<boolean> {
    const { documents } = await this.#parts.read({ documents: [CHECKPOINT] });
    return (documents[0]?.record.version ?? null) !== base;
  }
}
