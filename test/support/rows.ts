import type { DocumentEvent, DocumentRecord, HoldRecord, Movement, StockRecord } from '../../src/domain/records.ts';
import type { CoreReason } from '../../src/domain/refusal.ts';
import type { Step } from '../../src/domain/steps.ts';
import type { Transaction } from '../../src/domain/transaction.ts';
import type { Reclaimed } from '../../src/store/store.ts';

/** A case is a table: operations in order, each with its expected outcome. Every engine runs every case. */
export interface Case {
  name: string;
  rows: readonly Row[];
  /** Compares the whole state only after the last row, for cases with very many records. */
  compareAtEnd?: boolean;
}

export interface Expected {
  status: 'applied' | 'replayed' | 'refused' | 'overdue_pending';
  granted?: readonly number[];
  step?: number | null;
  refusal?: { reason: CoreReason; meta?: object };
  skus?: readonly string[];
  reference?: string | null;
}

export type Row =
  | { does: 'apply'; transactions: readonly Transaction[]; expected: readonly Expected[] }
  /** One transaction under an id that no other row uses. */
  | { does: 'steps'; steps: readonly Step[]; expected: Expected }
  | { does: 'clock'; byMs: number }
  | { does: 'reclaim'; skus?: readonly string[]; limit: number; expected: Partial<Reclaimed> }
  | { does: 'stock'; sku: string; expected: Partial<StockRecord> | null }
  | { does: 'hold'; holdId: string; expected: Partial<HoldRecord> | null }
  | { does: 'document'; key: string; expected: Partial<DocumentRecord> | null }
  /** The newest entries of the ledger, the newest one last. */
  | { does: 'ledger'; expected: readonly (Partial<Movement> | Partial<DocumentEvent>)[] };

const applied = (granted?: readonly number[]): Expected => ({
  status: 'applied',
  ...(granted === undefined ? {} : { granted }),
});

const refused = (step: number | null, reason: CoreReason, meta?: object): Expected => ({
  status: 'refused',
  step,
  refusal: { reason, ...(meta === undefined ? {} : { meta }) },
});

/** The steps apply as one transaction. `granted` are the units that its reserves and resizes received. */
export const ok = (steps: readonly Step[], ...granted: number[]): Row => ({
  does: 'steps',
  steps,
  expected: applied(granted.length === 0 ? undefined : granted),
});

/** The last of the steps is refused, and with it the transaction. */
export const no = (steps: readonly Step[], reason: CoreReason, meta?: object): Row => ({
  does: 'steps',
  steps,
  expected: refused(steps.length - 1, reason, meta),
});

/**
 * The transaction is refused for its shape, before any step is checked. `issues` are the paths, like `steps[0].sku`.
 */
export const malformed = (steps: readonly Step[], ...issues: string[]): Row => ({
  does: 'steps',
  steps,
  expected: refused(null, 'invalid_transaction', { issues }),
});

/** One batch of several transactions. */
export const batch = (...answers: readonly (readonly [Transaction, Expected])[]): Row => ({
  does: 'apply',
  transactions: answers.map(([transaction]) => transaction),
  expected: answers.map(([, expected]) => expected),
});

export const yes = applied;
export const refusal = refused;
export const replayed = (reference?: string | null): Expected => ({
  status: 'replayed',
  ...(reference === undefined ? {} : { reference }),
});
export const overduePending = (...skus: string[]): Expected => ({ status: 'overdue_pending', skus });

export const later = (byMs: number): Row => ({ does: 'clock', byMs });
export const reclaim = (limit: number, expected: Partial<Reclaimed>, skus?: readonly string[]): Row => ({
  does: 'reclaim',
  limit,
  expected,
  ...(skus === undefined ? {} : { skus }),
});
export const stock = (sku: string, expected: Partial<StockRecord> | null): Row => ({ does: 'stock', sku, expected });
/** on hand / reserved / sold */
export const counters = (sku: string, onHand: number, reserved: number, sold: number): Row =>
  stock(sku, { onHand, reserved, sold });
export const hold = (holdId: string, expected: Partial<HoldRecord> | null): Row => ({ does: 'hold', holdId, expected });
export const document = (key: string, expected: Partial<DocumentRecord> | null): Row => ({
  does: 'document',
  key,
  expected,
});
export const ledgerEnds = (...expected: (Partial<Movement> | Partial<DocumentEvent>)[]): Row => ({
  does: 'ledger',
  expected,
});
