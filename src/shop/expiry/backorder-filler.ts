import type { LedgerEntry, Movement } from '../../domain/records.ts';
import type { Snapshot } from '../../store/store.ts';
import { ServiceFailure, systemCaller } from '../../contract/calls/call.ts';
import type { Log } from '../../transact/log.ts';
import { type Decision, UNSENT_STEP } from '../../transact/mutation.ts';
import type { Transactor } from '../../transact/transactor.ts';
import { backorderReads, fillSteps, STALE_FILL, type SupplyParts } from '../stock/supply/backorders.ts';

const CALL = { caller: systemCaller('backorders') };

export interface BackorderFillerParts extends SupplyParts {
  transactor: Transactor;
  log: Log;
}

/**
 * Fills backorders with units on hand that the transaction which freed them did not assign: units of holds that were
 * released, shrunk or have expired, and units for more holds than one transaction fills.
 */
export class BackorderFiller {
  readonly #parts: BackorderFillerParts;
  /** SKUs whose holds kept changing. They are tried again with the next entries of the ledger. */
  #failed = new Set<string>();

  constructor(parts: BackorderFillerParts) {
    this.#parts = parts;
  }

  /** Fills the backorders of the SKUs in these entries. Rejects as the store does. */
  async follow(entries: readonly LedgerEntry[]): Promise<void> {
    const skus = this.#failed;
    for (const entry of entries) {
      if (entry.kind === 'document') continue;
      // The safety stock is not in the ledger, so some of these SKUs may have no units for backorders.
      if (hasUnitsToFill(entry)) skus.add(entry.sku);
      else skus.delete(entry.sku);
    }
    this.#failed = new Set();
    for (const sku of skus) await this.#fill(sku);
  }

  async #fill(sku: string): Promise<void> {
    try {
      const result = await this.#parts.transactor.run<boolean>({
        procedure: 'backorders.fill',
        input: { sku },
        call: CALL,
        reads: () => backorderReads(this.#parts, [sku]),
        compose: composeFill,
        retryOn: STALE_FILL,
        answer: () => Promise.resolve({ ok: true, value: true }),
      });
      if (!result.ok) throw new ServiceFailure(`refused: ${result.refusal.reason}`);
    } catch (error) {
      if (!(error instanceof ServiceFailure)) throw error;
      this.#failed.add(sku);
      this.#parts.log.warn({ err: error, sku }, 'backorders could not be filled and will be tried again');
    }
  }
}

const hasUnitsToFill = ({ onHand, reserved, committed, backordered }: Movement): boolean =>
  backordered.after > 0 && onHand.after > reserved.after + committed.after - backordered.after;

function composeFill(view: Snapshot): Decision<boolean> {
  const [record] = view.stock;
  const steps = record ? fillSteps(record, view) : [];
  if (steps.length === 0) return { unchanged: false, noopStep: UNSENT_STEP };
  return { steps, address: null, answerFromCommit: () => true };
}
