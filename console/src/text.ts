import type { MetaOf, Reason } from '../../src/client/client.ts';
import type { Scope } from '../../src/contract/scope-names.ts';
import { duration, number } from './format.ts';

/** All English text of the console. Each screen has a part of its own; errors say what happened and what to do. */

const units = (count: number): string => (count === 1 ? '1 unit' : `${number(count)} units`);

/** A sentence for each refusal of the server. The compiler demands one for every reason. */
const REFUSALS: { readonly [R in Reason]: (meta: MetaOf<R>) => string } = {
  invalid_input: ({ issues }) =>
    `The server did not accept ${issues.map(({ path, message }) => `${path || 'the input'}: it ${message}`).join('; ')}. Correct it and try again.`,
  session_required: () => 'This needs the session of a shopper. Use the shop itself for it.',
  not_authorized: ({ scope }) =>
    scope === undefined
      ? 'The server does not accept this key any more. Sign in again with a valid key.'
      : `Your key lacks the scope ${scope}. Ask for a key that has it.`,
  customer_required: ({ sku }) => `Only customers who are logged in may hold ${sku}.`,
  admission_required: ({ sku }) => `${sku} is protected: the shop has to admit the session first.`,
  unknown_sku: ({ sku }) => `The shop has no SKU ${sku}. Check the spelling; letters are case-sensitive.`,
  unknown_location: ({ location }) => `The shop has no location ${location}. Define it first.`,
  unknown_transfer: ({ transferId }) => `The shop has no transfer ${transferId}.`,
  unknown_order: ({ orderId }) => `The shop has no order ${orderId}, or it is past its retention.`,
  unknown_reservation: ({ reservationId, reference }) =>
    `The shop has no reservation ${reservationId ?? reference ?? ''}, or it is past its retention.`,
  unknown_endpoint: ({ endpointId }) => `The endpoint ${endpointId} was deleted. Go back to the list.`,
  unknown_key: ({ keyId }) => `The shop has no key ${keyId}.`,
  unknown_hold: ({ holdId }) => `The hold ${holdId} ended long ago, or never existed.`,
  not_found: () =>
    'The server does not know this call. Its version may differ from that of the console: reload the page.',
  method_not_allowed: () => 'The server refused the kind of request. Reload the page.',
  insufficient_stock: ({ lines }) =>
    `Not enough units: ${lines.map(({ sku, requested, available }) => `${sku} needs ${number(requested)}, ${available === undefined ? 'fewer' : number(available)} available`).join('; ')}. Receive stock or take fewer.`,
  limit_exceeded: ({ sku, limit }) => `A customer may have at most ${units(limit)} of ${sku}.`,
  hold_cap: ({ sku, held }) => `One holder already has ${units(held)} of ${sku}, which is the most. Try again later.`,
  cart_full: ({ limit }) => `A cart has at most ${number(limit)} lines.`,
  quantity_limit: ({ limit }) => `A line has at most ${units(limit)}.`,
  cart_changed: () => 'The total has changed. Check it and try again.',
  return_exceeds_sold: ({ sku }) => `Fewer units of ${sku} were sold than would come back. Lower the number.`,
  exceeds_unfulfilled: ({ sku, unfulfilled }) => `Only ${units(unfulfilled)} of ${sku} are still to be dispatched.`,
  stock_overflow: ({ sku }) => `That would be more units of ${sku} than can be counted. Check the number.`,
  below_reserved: ({ onHand, reserved, committed }) =>
    `On hand is ${number(onHand)}, and ${number(reserved)} are reserved and ${number(committed)} committed: fewer are not possible. Release holds first, or write units off.`,
  count_mismatch: ({ onHand }) =>
    `On hand is ${number(onHand)} now: somebody changed it since you looked. Count again and repeat.`,
  recovery_mismatch: () => 'The store has no such loss to accept. Look at the state of the store again.',
  hold_not_active: ({ state }) => `The hold is ${state} already, so nothing was changed.`,
  order_state: ({ status }) => `The order is ${status.replaceAll('_', ' ')}, which does not allow this.`,
  reservation_state: ({ status }) => `The reservation is ${status.replaceAll('_', ' ')}, which does not allow this.`,
  transfer_state: ({ status }) => `The transfer is ${status.replaceAll('_', ' ')}, which does not allow this.`,
  exceeds_in_transit: ({ sku, inTransit }) => `Only ${units(inTransit)} of ${sku} are in transit.`,
  kit_in_use: ({ sku }) =>
    `${sku} has units on hand, or units of it are held or were sold, so its components cannot change.`,
  kit_stock: ({ sku }) => `${sku} is a kit and has no stock of its own. Change the stock of its components.`,
  conflict: () => 'The data kept changing during the call. Try again.',
  hold_expired: () => 'Some units were no longer held. Nothing was changed.',
  cart_empty: () => 'The cart is empty.',
  payment_too_late: () => 'The payment came after the units were gone. Refund it.',
  payload_too_large: () => 'That is more than the server accepts in one request.',
  unsupported_media_type: () => 'The server did not accept the kind of file. Use CSV or JSON.',
  idempotency_mismatch: () => 'The same action was sent with other values before. Close this and begin again.',
  overloaded: ({ retryAfterMs }) =>
    `The server has more calls than it can serve. Try again in ${duration(retryAfterMs)}.`,
  rate_limited: ({ retryAfterMs }) => `This key or address called too often. Try again in ${duration(retryAfterMs)}.`,
  internal: ({ requestId }) => `The server failed. Its log has the cause under request ${requestId}.`,
  store_unavailable: () => 'The store does not accept this at the moment. Nothing was changed; try again soon.',
  store_regressed: () => 'The store has lost writes and sells nothing. See “Recovery” in the documentation.',
  outcome_unknown: () => 'The answer was lost. Try again: the action takes effect only once.',
};

const ENGINES: Readonly<Record<string, string>> = {
  memory: 'in memory',
  embedded: 'embedded store',
  redis: 'Redis',
};

const SCOPE_TEXT = (scope: Scope | null): string => (scope === null ? '' : `Needs the scope ${scope}.`);

export const TEXT = {
  units,
  app: {
    name: 'Holdfast console',
    short: 'Holdfast',
    skip: 'Skip to the content',
    nav: 'Screens',
    menu: 'Menu',
    closeMenu: 'Close menu',
    signedInAs: (name: string) => `Signed in as ${name}`,
    signOut: 'Sign out',
    theme: { system: 'Theme: as the system', light: 'Theme: light', dark: 'Theme: dark' },
    notFound: 'This address has no screen',
    notFoundLead: 'Use the navigation to go on.',
    broken: 'This screen failed',
    find: 'Find',
    findHint: 'SKU or order id',
    noScope: 'Your key cannot read this',
    noScopeLead: (scope: Scope | null) => `${SCOPE_TEXT(scope)} Ask for a key that has it.`,
  },
  screens: {
    sale: 'Sale',
    overview: 'Overview',
    stock: 'Stock',
    orders: 'Orders and holds',
    webhooks: 'Webhooks',
    audit: 'Audit',
    access: 'Access',
  },
  signIn: {
    title: 'Sign in to the console',
    lead: 'Use the operator key of the shop, or a key with the scopes that you need.',
    key: 'Key',
    keyHint: 'It stays in this tab, and is gone when you close it.',
    submit: 'Sign in',
    refused: 'The server does not accept this key. Check it, or create one with “holdfast keys create”.',
  },
  overview: {
    lead: (shop: string, engine: string) => `Shop “${shop}”, ${ENGINES[engine] ?? engine}`,
    health: 'Health',
    ready: 'Ready',
    notReady: 'Not ready',
    state: 'State',
    uptime: (age: string) => `up for ${age}`,
    durability: 'Durability',
    durabilities: { none: 'None', relaxed: 'Last second at risk', local: 'Every write' } as const,
    durabilityNotes: {
      none: 'A restart of the store loses all data.',
      relaxed: 'A crash may lose the last second of writes.',
      local: 'A call is answered after its write is on disk.',
    } as const,
    fill: 'Store',
    unbounded: 'No bound',
    fillNote: 'of the room is used',
    fillNone: 'The store reports no bound.',
    audit: 'Last audit',
    auditNever: 'None yet',
    auditNeverNote: 'Not since this process started.',
    auditOk: 'The books are right',
    auditViolations: (count: number) => (count === 1 ? '1 violation' : `${number(count)} violations`),
    load: 'Head-room',
    loadNote: 'of the process that answers',
    calls: 'Calls',
    perSecond: 'per second',
    refused: 'Refused',
    refusedNote: (share: string) => `${share} of the calls`,
    waiting: 'Waiting',
    waitingNote: (age: string) => `the oldest for ${age}`,
    nothingWaits: 'nothing waits',
    batch: 'Batch',
    batchNote: 'transactions in a batch, of late',
    heldShare: 'Most held',
    heldShareNote: 'of the units of one SKU',
    watchers: 'Watching',
    watchersNote: 'subscriptions of stock',
    alerts: 'What needs you',
    noAlerts: 'Nothing needs you',
    noAlertsLead: 'All is well as far as this process can see.',
    webhooks: 'Webhooks',
    webhooksLead: 'Endpoints that wait, failed or are off',
    noEndpoints: 'No endpoints',
    noEndpointsLead: 'The shop sends no webhooks.',
    allDelivered: 'All events are delivered.',
    endpoint: 'Endpoint',
    events: 'Waiting',
    dead: 'Dead letters',
    delivery: 'State',
    enabled: 'Delivering',
    behind: 'Behind',
    disabled: 'Off',
    disabledReasons: {
      operator: 'off by an operator',
      gone: 'off: the receiver answered that it is gone',
      dead_letters_full: 'off: too many dead letters',
    } as const,
    alertTexts: {
      notReady: 'The server does not serve',
      full: (share: string) => `The store is ${share} full. Give it more room, or it refuses writes of shoppers.`,
      violations: (count: number) =>
        `The last audit found ${number(count)} violations. Open Audit to see each with its SKU or hold.`,
      auditOld: (age: string) => `The last audit was ${age} ago. Run one on the Audit screen.`,
      money: (age: string) => `An event of a paid order has waited for ${age}. Look at the receiver under Webhooks.`,
      dead: (count: number) =>
        `${number(count)} events were not delivered and are not tried again. Replay them under Webhooks.`,
      clock: (age: string) => `The clock has stepped: shop time differs by ${age}. See “holdfast clock”.`,
      hoarding: (share: string) => `${share} of the units of a SKU are held, and hardly any hold is bought. See Sale.`,
      internal: (count: number) =>
        `${number(count)} calls failed with an internal error since you opened this screen. The log has the cause.`,
      store: (count: number) =>
        `${number(count)} calls failed because the store did not answer since you opened this screen.`,
      load: (count: number) =>
        `${number(count)} requests were refused because of the load since you opened this screen. Add a process.`,
    },
  },
  errors: {
    noAnswer: 'The server does not answer. Check the connection; the console goes on by itself when it is back.',
    refusals: REFUSALS,
  },
  parts: {
    ago: (age: string) => `${age} ago`,
    live: 'Live',
    stale: (age: string) => `Stale: ${age} old`,
    noData: 'No data yet',
    loading: 'Loading',
    retry: 'Try again',
    cancel: 'Cancel',
    working: 'Working…',
    reason: 'Reason',
    reasonRequired: 'The ledger shows it under the name of your key.',
    reasonOptional: 'Optional. The ledger shows it under the name of your key.',
    typeWord: (word: string) => `Type ${word} to confirm`,
    dismiss: 'Dismiss',
    noDeadline: 'no deadline',
    overdue: 'overdue',
    urgent: 'Urgent',
    soon: 'Soon',
    note: 'Note',
    more: 'Show more',
    moreLoading: 'Loading more…',
  },
  soon: {
    title: 'Not here yet',
    lead: 'This screen follows in this version.',
  },
};
