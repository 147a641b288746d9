import type { PaymentAdapter } from '../../adapters/payment-adapter.ts';
import type { Admit } from '../../shop/cart/sku-admission.ts';
import type { Holdfast } from '../../shop/holdfast-api.ts';
import type { WebhookSender } from '../../shop/webhook/webhook-sender.ts';
import type { Leadership } from '../../store/leadership.ts';
import type { OpenedStore, SharedCounter, SharedNotes } from '../../store/opened-store.ts';
import type { Store } from '../../store/store.ts';
import type { MovableClock } from '../../store/time/movable-clock.ts';

/** The dependencies of a server. */
export interface Foundations {
  store: Store;
  leadership?: Leadership | undefined;
  backup?: OpenedStore['backup'];
  /** Shares the counts of rate limits with other processes. */
  sharedCounter?: SharedCounter | undefined;
  /** Shares lifetimes of holds with other processes. */
  sharedNotes?: SharedNotes | undefined;
  /** Returns the number of acknowledged writes that the store has lost. */
  lostSequences?: (() => number) | undefined;
  /** The providers whose messages arrive under /payments. */
  payments?: readonly PaymentAdapter[];
  /** Admits sessions to protected SKUs. */
  admit?: Admit | undefined;
  /** Sends webhooks. Absent: they are sent over HTTPS. */
  webhookSender?: WebhookSender | undefined;
  /** Epoch milliseconds. Absent: the system's clock, without its steps. */
  clock?: (() => number) | undefined;
  /** Moved by `POST /dev/clock`, a path that exists only with this option. For development, together with `clock`. */
  devClock?: MovableClock | undefined;
  /** Called before the server listens, for example to stock a shop. */
  prepare?: ((holdfast: Holdfast) => Promise<void>) | undefined;
}
