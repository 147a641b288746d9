import type { StockRecord } from '../domain/records.ts';
import type { ReadRequest, Snapshot } from '../store/store.ts';
import { Deadline } from './deadline.ts';
import { demandDecoded } from './failures.ts';
import type { Reclaimer } from './reclaimer.ts';
import { ok, type Result, refuse } from './refusals.ts';
import type { StockLevel } from './views.ts';

export type Read = (request: ReadRequest) => Promise<Snapshot>;

/** Reads stock exactly: what overdue holds still block counts as free, so those are ended before the figures are given. */
export class StockReader {
  readonly #read: Read;
  readonly #reclaimer: Reclaimer;
  readonly #callDeadlineMs: number;

  constructor(read: Read, reclaimer: Reclaimer, callDeadlineMs: number) {
    this.#read = read;
    this.#reclaimer = reclaimer;
    this.#callDeadlineMs = callDeadlineMs;
  }

  /** In the order of `skus`; null where there is none or it cannot be decoded. Throws `StoreError`. */
  async records(skus: readonly string[]): Promise<(StockRecord | null)[]> {
    return (await this.#exactView(skus)).stock;
  }

  /** Throws `StoreError`, and `ServiceFailure` for a record that cannot be decoded. */
  async level(sku: string): Promise<Result<StockLevel>> {
    const view = await this.#exactView([sku]);
    demandDecoded(view, `stock:${sku}`);
    const record = view.stock[0];
    return record ? ok(levelOf(record)) : refuse({ reason: 'unknown_sku', meta: { sku } });
  }

  async #exactView(skus: readonly string[]): Promise<Snapshot> {
    const deadline = new Deadline(this.#callDeadlineMs);
    for (;;) {
      const view = await this.#read({ skus });
      if (view.behind.length === 0) return view;
      deadline.check('overdue holds remain');
      await this.#reclaimer.reclaim(view.behind);
    }
  }
}

/** Units that a new hold could get; the same sum as the machine's. */
export const availableUnits = ({ onHand, reserved, safetyStock }: StockRecord): number =>
  Math.max(0, onHand - reserved - safetyStock);

export function levelOf(record: StockRecord): StockLevel {
  const { sku, title, unitPrice, onHand, reserved, safetyStock, limitPerCustomer, version, updatedAt } = record;
  return {
    sku,
    ...(title === null ? {} : { title }),
    ...(unitPrice === null ? {} : { unitPrice }),
    onHand,
    reserved,
    available: availableUnits(record),
    safetyStock,
    ...(limitPerCustomer === null ? {} : { limitPerCustomer }),
    version,
    updatedAt,
  };
}
