import type { Connection } from '../actor/batcher-options.ts';
import type { SettingsChange } from '../domain/sku-settings.ts';
import type { Contact, Money, OrderStatus } from './views.ts';

/** The inputs of the procedures, already validated, without `idempotencyKey` (that is in `Call`). */

/** Who asks. */
export interface Caller {
  kind: 'session' | 'operator';
  /** `operator`, or the session's hash: names the caller in transaction ids, orders and the ledger. */
  principal: string;
  /** The session's own cart, `crt_...`; null for an operator. */
  cartId: string | null;
  /** `customer:<hash>` of a bound session; null for one that is its own customer. */
  customer: string | null;
  /** An operator calls on behalf of this session: what bounds only shoppers does not bound the call. */
  byOperator?: true;
  /** Where the call came from. Once it is destroyed nobody waits for the answer, and work that has not begun is left. */
  connection?: Connection | undefined;
}

/** Returns the caller of a system task. It has an operator's rights, and `principal` names it in the ledger. */
export const systemCaller = (principal: string): Caller => ({
  kind: 'operator',
  principal,
  cartId: null,
  customer: null,
});

export interface Call {
  caller: Caller;
  /** The caller's own key, or a generated one that an `OutcomeUnknown` named. Absent: one is generated. */
  idempotencyKey?: string;
}

export type Nothing = Record<string, never>;

export interface DefineInput extends SettingsChange {
  sku: string;
}

export interface ReceiveInput {
  sku: string;
  quantity: number;
  reason?: string | undefined;
  reference?: string | undefined;
}

export interface AdjustInput {
  sku: string;
  delta: number;
  reason: string;
  reference?: string | undefined;
}

export interface CountInput {
  sku: string;
  onHand: number;
  expectedOnHand?: number | undefined;
  reason?: string | undefined;
}

export interface ArchiveInput {
  sku: string;
  reason: string;
}

export interface PageInput {
  cursor?: string | undefined;
  /** 1 to 500, 100 when absent. */
  limit?: number | undefined;
}

export interface HistoryInput extends PageInput {
  sku: string;
}

export interface HoldsListInput extends PageInput {
  sku?: string | undefined;
}

export interface OrdersListInput extends PageInput {
  status?: OrderStatus | undefined;
}

export interface HoldReleaseInput {
  holdId: string;
  reason: string;
}

export type AddMode = 'exact' | 'best_effort';

export interface CartAddInput {
  sku: string;
  quantity: number;
  mode?: AddMode | undefined;
}

export interface CartSetInput {
  sku: string;
  quantity: number;
}

export interface CartRemoveInput {
  sku: string;
}

export interface CartMergeInput {
  /**
   * The cart that is merged into the caller's, and whose session it is. Whoever names it has to have shown that they know
   * that session's id.
   */
  from: { cartId: string; customer: string | null };
}

/** What every checkout of a cart may say. */
export interface CheckoutInput {
  contact?: Contact | undefined;
  expectedTotal?: Money | undefined;
}

export interface PlaceInput extends CheckoutInput {
  /** Sold together with what the cart holds, as if added to it first. Several of one SKU are added up. */
  items?: readonly { sku: string; quantity: number }[] | undefined;
}

export interface BeginInput extends CheckoutInput {
  /**
   * Milliseconds, from 1,000 to `Settings.paymentWindowMaxMs` for a shopper and to 3,600,000 for an operator; absent:
   * `Settings.paymentWindowMs`. Capped by `Settings.holdLifetimeMaxMs`.
   */
  paymentWindowMs?: number | undefined;
  /** The payment session in which the buyer pays: as in `AttachInput`. */
  paymentReference?: string | undefined;
}

export interface AttachInput {
  orderId: string;
  /** The payment provider's name for the session or payment in which the buyer pays from now on: 1 to 255 characters. */
  paymentReference: string;
}

export interface ConfirmInput {
  orderId: string;
  /** The payment provider's name for the payment: 1 to 255 characters. */
  paymentReference: string;
}

export interface CancelInput {
  orderId: string;
  reason?: string | undefined;
  /** Gives the holds back to the cart, instead of releasing them. */
  restoreCart?: boolean | undefined;
}

export interface LapseInput {
  orderId: string;
  /** All names of the payment that failed. Absent: whichever payment the order waits for has failed. */
  paymentReferences?: readonly string[] | undefined;
  reason?: string | undefined;
}

export interface ReturnInput {
  orderId: string;
  /** Several of one SKU are added up. */
  lines: readonly { sku: string; quantity: number }[];
  /** Whether the units are on hand again. */
  restock: boolean;
  reason: string;
}

export interface OrderGetInput {
  orderId: string;
}

export interface ReserveInput {
  sku: string;
  quantity: number;
  mode?: AddMode | undefined;
  /** The library user's own name for the hold: 1 to 119 printable ASCII characters without spaces. */
  reference: string;
  /** Milliseconds, 1 to `Settings.holdLifetimeMaxMs`; absent: `Settings.holdTtlMs`. */
  ttlMs?: number | undefined;
  /** Whom the units count for; absent: the owner itself. */
  customer?: string | undefined;
}

export interface EndHoldInput {
  holdId: string;
  reason?: string | undefined;
  reference?: string | undefined;
}
