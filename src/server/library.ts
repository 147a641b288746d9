/** Holdfast in process: the same services that the server offers over HTTP. */
export { createHoldfast } from '../service/holdfast.ts';
export { OutcomeUnknown, ServiceFailure } from '../service/failures.ts';
export type * from '../service/holdfast.ts';
export type * from '../service/inputs.ts';
export type * from '../service/refusals.ts';
export type { Settings } from '../service/settings.ts';
export { DEFAULT_SETTINGS } from '../service/settings.ts';
export type * from '../service/views.ts';
export { type Store, StoreError, type StoreFault } from '../store/store.ts';
export { OPERATOR } from '../api/context.ts';
export { Overloaded } from '../actor/lane-errors.ts';
export type { PaymentAdapter, PaymentNotice } from '../payment/payment-adapter.ts';
export { NotAuthentic } from '../payment/payment-adapter.ts';
export { PaymentDesk, type Settlement } from '../payment/payment-desk.ts';
export { openStripeAdapter, StripeMissing } from '../payment/stripe-adapter.ts';
export { openEmbeddedStore, openMemoryStore, openRedisStore } from './compose.ts';
