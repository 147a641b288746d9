export { createLibraryHoldfast as createHoldfast, type LibraryOptions } from './api/library/library-engine.ts';
export { createHoldfastHandler, type HoldfastHandler } from './server/handler/handler.ts';
export { type HoldfastServer, type ServerOptions, startHoldfastServer } from './server/library-server.ts';
export { toNodeListener } from './server/handler/node-listener.ts';
export { ConfigError } from './server/settings/config.ts';
export type { HandlerOptions, HandlerRateLimits } from './server/handler/handler-options.ts';
export type { Log } from './transact/log.ts';
export type { BackupCopy, OpenedStore, SharedCounter } from './store/opened-store.ts';
export { PRODUCTION_SETTINGS } from './server/settings/production-settings.ts';
export { sessionCaller } from './api/callers/session-caller.ts';
export { OPERATOR } from './contract/calls/access-key.ts';
export { Overloaded } from './actor/batcher-errors.ts';
export { type AdmissionTokenOptions, createAdmissionCheck } from './adapters/admission-token.ts';
export { createHttpSender } from './adapters/http-sender.ts';
export {
  type IgnoredMessage,
  NotAuthentic,
  type PaymentAdapter,
  type PaymentNotice,
  type PaymentReading,
} from './adapters/payment-adapter.ts';
export { PaymentNoticeHandler, type Settlement } from './adapters/payment-notice-handler.ts';
export { openStripeAdapter, StripeMissing } from './adapters/stripe-adapter.ts';
export type { Admission, AdmissionRequest, Admit } from './shop/cart/sku-admission.ts';
export { OutcomeUnknown, ServiceFailure } from './contract/calls/call.ts';
export type { Call, Caller } from './contract/calls/call.ts';
export type {
  AddMode,
  AdjustInput,
  ArchiveInput,
  AttachInput,
  BeginInput,
  CancelInput,
  CartAddInput,
  CartRemoveInput,
  CartSetInput,
  CheckoutInput,
  ConfirmInput,
  CountInput,
  DefineInput,
  HistoryInput,
  HoldReleaseInput,
  HoldsListInput,
  OrderGetInput,
  OrdersListInput,
  PageInput,
  StockListInput,
  PlaceInput,
  ReceiveInput,
  ReturnInput,
} from './contract/inputs/inputs.ts';
export type { CartMergeInput, EndHoldInput, LapseInput, ReserveInput } from './contract/inputs/library-inputs.ts';
export type { Refusal, Result } from './contract/calls/call.ts';
export type { Issue, ServiceReason as Reason } from './contract/calls/wire-refusals.ts';
export { DEFAULT_SETTINGS, type Settings } from './contract/settings.ts';
export type { Audit, IndexRepair, LedgerTotals, UnitTotal, Violation } from './contract/outputs/admin-outputs.ts';
export type {
  Cart,
  CartAddition,
  CartLine,
  CartMerge,
  MergeChange,
  MergeReason,
} from './contract/outputs/cart-outputs.ts';
export type { Contact, Order, OrderLine } from './contract/outputs/order-outputs.ts';
export type { LostLine, Money, OrderStatus, Page } from './contract/output-fields.ts';
export type {
  Availability,
  AvailabilityStatus,
  Hold,
  ShownMovement as Movement,
  MovementKind,
  MovementPage,
  ShownSettings,
  Span,
  StockLevel,
} from './contract/outputs/stock-outputs.ts';
export type {
  WebhookCreateInput,
  WebhookDeadLettersInput,
  WebhookReplayInput,
  WebhookUpdateInput,
} from './contract/inputs/inputs.ts';
export type {
  WebhookDeadLetter,
  WebhookEndpoint,
  WebhookSecret,
  WebhookStatus,
} from './contract/outputs/webhook-outputs.ts';
export type { WebhookService } from './shop/webhook/webhook-api.ts';
export { openEmbeddedStore, openMemoryStore, openRedisStore } from './server/compose.ts';
export { MovableClock, type MovableClockOptions } from './store/time/movable-clock.ts';
export type { CartService } from './shop/cart/cart-api.ts';
export type { ExpiryService } from './shop/expiry/expiry-service.ts';
export type { HoldService, InventoryService } from './shop/hold/hold-api.ts';
export type { Holdfast, HoldfastStats } from './shop/holdfast-api.ts';
export type { HoldfastOptions } from './shop/holdfast.ts';
export type { CheckoutService, OrderService } from './shop/order/order-api.ts';
export type { StockService } from './shop/stock/stock-api.ts';
export type { Delivered, Delivery, WebhookSender } from './shop/webhook/webhook-sender.ts';
export { type Store, StoreError, type StoreFault } from './store/store.ts';
