import { checkedHoldfast } from './api/checked-holdfast.ts';
import { createHoldfast as createServices, type Holdfast, type HoldfastOptions } from './shop/holdfast.ts';

export interface LibraryOptions extends HoldfastOptions {
  /**
   * `checked`, the default: every input is checked by the schema that it would pass over HTTP. `trusted`: inputs are not
   * checked, for callers that have done so. An invalid one may then be stored, or fail in any way.
   */
  inputs?: 'checked' | 'trusted';
}

/**
 * Returns Holdfast in process: the services that the server offers over HTTP, with the same refusals. Throws `TypeError` for
 * an unknown value of `inputs`.
 */
export function createHoldfast({ inputs = 'checked', ...options }: LibraryOptions): Holdfast {
  if (inputs !== 'checked' && inputs !== 'trusted') throw new TypeError('inputs takes checked or trusted');
  const services = createServices(options);
  return inputs === 'trusted' ? services : checkedHoldfast(services);
}

export { OutcomeUnknown, ServiceFailure } from './contract/failures.ts';
export type * from './shop/holdfast.ts';
export type * from './contract/inputs.ts';
export type * from './contract/refusals.ts';
export type { Settings } from './contract/settings.ts';
export { DEFAULT_SETTINGS } from './contract/settings.ts';
export type * from './contract/views.ts';
export { type Store, StoreError, type StoreFault } from './store/store.ts';
export { OPERATOR } from './api/context.ts';
export { Overloaded } from './actor/batcher-errors.ts';
export type { IgnoredMessage, PaymentAdapter, PaymentNotice, PaymentReading } from './adapters/payment-adapter.ts';
export { NotAuthentic } from './adapters/payment-adapter.ts';
export { PaymentNoticeHandler, type Settlement } from './adapters/payment-notice-handler.ts';
export { openStripeAdapter, StripeMissing } from './adapters/stripe-adapter.ts';
export type * from './contract/webhook-types.ts';
export type { Delivered, Delivery, WebhookSender } from './shop/webhook/webhook-sender.ts';
export { createHttpSender } from './adapters/http-sender.ts';
export { openEmbeddedStore, openMemoryStore, openRedisStore } from './server/compose.ts';
