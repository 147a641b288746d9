import type { Audit } from '../../contract/outputs/admin-outputs.ts';
import { type AuditOutcome, type AuditParts, AuditRun } from './audit-run.ts';
import { CHECKPOINT } from './checkpoint.ts';
import type { LastAudit, RunningAudit } from '../../contract/outputs/status-outputs.ts';
import { settled } from '../../transact/settled.ts';

/** A ledger is trimmed once in weeks, so a trim rarely overlaps with an audit, and hardly ever twice. */
const AUDIT_ATTEMPTS_MAX = 3;

/** Runs one audit at a time. Calls during an audit share the next one. */
export class Auditor {
  readonly #parts: AuditParts;
  #last: Promise<unknown> = Promise.resolve();
  #next: Promise<Audit> | null = null;
  #lastAudit: LastAudit | null = null;
  #running: { run: AuditRun; start: number } | null = null;

  constructor(parts: AuditParts) {
    this.#parts = parts;
  }

  /** The last audit that this process has finished. */
  get lastAudit(): LastAudit | null {
    return this.#lastAudit;
  }

  /** The progress of the running audit; null if none runs. */
  get runningAudit(): RunningAudit | null {
    if (!this.#running) return null;
    const { run, start } = this.#running;
    return { elapsedMs: Math.round(performance.now() - start), ...run.progress };
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
    const start = performance.now();
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await this.#outcome(start);
      if (outcome.audit.ok || attempt === AUDIT_ATTEMPTS_MAX || !(await this.#isOvertaken(outcome))) {
        this.#note(outcome.audit, performance.now() - start);
        return outcome.audit;
      }
    }
  }

  async #outcome(start: number): Promise<AuditOutcome> {
    const run = new AuditRun(this.#parts);
    this.#running = { run, start };
    try {
      return await run.run();
    } finally {
      this.#running = null;
    }
  }

  #note({ checkedAt: at, ok, violations }: Audit, tookMs: number): void {
    this.#lastAudit = { at, ok, violations: violations.length, tookMs: Math.round(tookMs) };
  }

  async #isOvertaken({ base }: AuditOutcome): Promise<boolean> {
    const { documents } = await this.#parts.read({ documents: [CHECKPOINT] });
    return (documents[0]?.record.version ?? null) !== base;
  }
}
