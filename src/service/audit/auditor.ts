import type { Audit } from '../views.ts';
import { type AuditParts, AuditRun } from './audit-run.ts';

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
      return new AuditRun(this.#parts).run();
    });
    this.#next = next;
    this.#last = next.catch(() => {});
    return next;
  }
}
