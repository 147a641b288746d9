import type { MetaOf, Reason } from '../../src/client/client.ts';
import type { Scope } from '../../src/contract/scope-names.ts';
import { change, counted, duration, number } from './format.ts';

/**
 * The English text of the console, without that of `detail-text.ts`. Each screen has a part of its own; errors say what
 * happened and what to do.
 */

const units = (count: number): string => counted(count, 'unit');

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
  unknown_shop: () => 'This server has no such shop.',
  shop_suspended: () => 'The shop is suspended.',
  shops_fixed: () => 'The configuration of the server names its shops.',
  unknown_key: ({ keyId }) => `The shop has no key ${keyId}.`,
  unknown_hold: ({ holdId }) => `The hold ${holdId} ended long ago, or never existed.`,
  not_found: () =>
    'The server does not know this call. Its version may differ from that of the console: reload the page.',
  method_not_allowed: () => 'The server refused the kind of request. Reload the page.',
  insufficient_stock: ({ lines }) =>
    `Not enough units: ${lines.map(({ sku, requested, available }) => `${sku} needs ${number(requested)}, ${available === undefined ? 'fewer' : number(available)} available`).join('; ')}. Receive stock or take fewer.`,
  limit_exceeded: ({ sku, limit }) => `A customer may have at most ${units(limit)} of ${sku}.`,
  hold_cap: ({ sku, held }) => `One holder already has ${units(held)} of ${sku}, which is the most. Try again later.`,
  cart_full: ({ limit }) => `A cart has at most ${counted(limit, 'line')}.`,
  quantity_limit: ({ limit }) => `A line has at most ${units(limit)}.`,
  cart_changed: () => 'The total has changed. Check it and try again.',
  return_exceeds_sold: ({ sku }) => `Fewer units of ${sku} were sold than would come back. Lower the number.`,
  exceeds_unfulfilled: ({ sku, unfulfilled }) =>
    `Of ${sku}, ${counted(unfulfilled, 'unit is', 'units are')} still to be dispatched, and not more.`,
  stock_overflow: ({ sku }) => `That would be more units of ${sku} than can be counted. Check the number.`,
  below_reserved: ({ onHand, reserved, committed }) =>
    `On hand is ${number(onHand)}, and ${counted(reserved, 'is', 'are')} reserved and ${counted(committed, 'is', 'are')} sold and not dispatched: fewer on hand are not possible. Release holds or cancel units of orders first, and then repeat this.`,
  count_mismatch: ({ onHand }) =>
    `On hand is ${number(onHand)} now: somebody changed it since you looked. Check your count, and confirm it again.`,
  recovery_mismatch: () => 'The store has no such loss to accept. Look at the state of the store again.',
  hold_not_active: ({ state }) => `The hold is ${state} already, so nothing was changed.`,
  order_state: ({ status }) => `The order is ${status.replaceAll('_', ' ')}, which does not allow this.`,
  reservation_state: ({ status }) => `The reservation is ${status.replaceAll('_', ' ')}, which does not allow this.`,
  transfer_state: ({ status }) => `The transfer is ${status.replaceAll('_', ' ')}, which does not allow this.`,
  exceeds_in_transit: ({ sku, inTransit }) =>
    `Of ${sku}, ${counted(inTransit, 'unit is', 'units are')} in transit, and not more.`,
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
  store_regressed: () =>
    'The store has lost writes and sells nothing. See “When the store has lost writes” in the documentation.',
  outcome_unknown: () => 'The answer was lost. Try again: the action takes effect only once.',
};

const ENGINES: Readonly<Record<string, string>> = {
  memory: 'in memory',
  embedded: 'embedded store',
  redis: 'Redis',
};

const rowCount = (count: number): string => counted(count, 'row');
const IMPORT_PROBLEMS = 'These rows change nothing. The others are applied.';

interface ImportEffects {
  applied: number;
  created: number;
  problems: number;
  /** The rows that count units on hand, as far as they are listed. */
  counts: { rows: number; before: number; after: number; isCut: boolean };
}

const IMPORT = {
  title: 'Import and export',
  lead: 'Change many SKUs with a file. You see what it would change before anything is applied.',
  link: 'Import and export',
  back: 'Stock',
  file: 'File',
  fileHint: 'CSV or JSON lines, up to a million rows. Exports of Shopify and Medusa are read as they are.',
  fileProblem: 'The name of the file has to end with .csv, .jsonl or .ndjson.',
  check: 'Show what changes',
  checking: (rows: number) => `Checking… ${rowCount(rows)} so far.`,
  applying: (rows: number, all: number) => `Applying… ${number(rows)} of ${rowCount(all)}.`,
  progress: 'Rows that are done',
  checked: 'What the file would change',
  checkedNote: 'Nothing is applied yet',
  done: 'Result',
  rows: 'Rows',
  changed: 'Would change',
  applied: 'Changed',
  unchanged: 'Stay as they are',
  problems: 'Problems',
  changes: 'Changes',
  changesNote: (listed: number, all: number) => (listed < all ? `The first ${number(listed)} of ${number(all)}` : ''),
  problemsListed: (listed: number, all: number) =>
    listed < all ? `The first ${number(listed)} of ${number(all)}. ${IMPORT_PROBLEMS}` : IMPORT_PROBLEMS,
  row: 'Row',
  sku: 'SKU',
  created: 'new',
  change: 'Change',
  column: 'Column',
  problem: 'Problem',
  noChanges: 'The file changes nothing.',
  noProblems: 'No row has a problem.',
  apply: 'Apply the changes',
  applyEffects: ({ applied, created, problems, counts }: ImportEffects) => [
    `Applies ${rowCount(applied)}.`,
    ...(created > 0 ? [`Creates at least ${counted(created, 'new SKU')}.`] : []),
    ...(counts.rows > 0
      ? [
          `Counts ${counts.isCut ? 'at least ' : ''}${rowCount(counts.rows)}: ${units(counts.before)} on hand become ${units(counts.after)} (${change(counts.after - counts.before)}).`,
          'A count replaces what is on hand at that moment, with what was sold or received since the file was written.',
        ]
      : []),
    ...(problems > 0 ? [`Leaves out ${rowCount(problems)} with problems.`] : []),
  ],
  imported: (applied: number) => `${counted(applied, 'row was', 'rows were')} applied.`,
  already: (age: string) => `This file was imported ${age} already, so nothing was applied.`,
  again: 'Apply it once more',
  partial: 'The server ended the import early. Apply it again: it goes on after the last row that was applied.',
  takenOver: 'Another call with this file took the import over.',
  unreadable: (place: string, message: string) =>
    `The file cannot be read from ${place} on: it ${message}. The rows before it are done.`,
  broken: 'The connection was cut. Apply it again: each row takes effect only once.',
  other: 'Choose another file',
  export: 'Export',
  exportNote: 'All SKUs with their settings and units on hand, in a form that can be imported',
  exportAs: { csv: 'Export as CSV', jsonl: 'Export as JSON lines' } as const,
  exporting: (size: string) => `Exporting… ${size} so far.`,
  exported: 'The export is complete.',
  exportBroken: 'The export was cut off, so nothing was saved. Try again.',
  size: (bytes: number) =>
    bytes < 1e6 ? `${number(Math.ceil(bytes / 1e3))} kB` : `${number(Math.round(bytes / 1e6))} MB`,
  none: 'none',
};

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
    noScopeLead: (scopes: readonly Scope[]) =>
      `This needs ${scopes.length === 1 ? 'the scope' : 'one of the scopes'} ${scopes.join(', ')}. Ask for a key that has it.`,
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
    ended:
      'Your key has ended: it has expired or was revoked. What you sent since then was refused and changed nothing. Sign in with another key.',
    refused: 'The server does not accept this key. Check it, or create one with “holdfast keys create”.',
  },
  stock: {
    lead: 'Find SKUs, see what is about to sell out, and change what is on hand.',
    search: 'Find SKUs',
    find: 'Name of a SKU, or its beginning',
    where: 'Where to search',
    startsWith: 'Begins with',
    contains: 'Contains, titles too',
    which: 'Which SKUs',
    every: 'All',
    low: 'Low',
    out: 'Out',
    atMost: 'at most',
    unitsLeft: 'units left',
    sku: 'SKU',
    kit: 'Kit',
    available: 'Available',
    onHand: 'On hand',
    reserved: 'Reserved',
    committed: 'Sold, not dispatched',
    backordered: 'Backordered',
    price: 'Price',
    actions: 'Actions',
    count: 'Count',
    receive: 'Receive',
    adjust: 'Adjust',
    countLabel: (sku: string, onHand: string) => `Count ${sku}: ${onHand} on hand`,
    none: 'The shop has no SKUs yet',
    noneLead: 'Create one with “holdfast stock define”, or import a file.',
    noneLow: 'No SKU is low',
    noneOut: 'No SKU is sold out',
    notFound: (find: string) => `No SKU begins with “${find}”`,
    notFoundLead: 'No name and no title contains it. Check the spelling.',
    searchEverywhere: 'Search in the middle of names and in titles',
    searching: (rows: number) => `${number(rows)} found, searching all SKUs…`,
    shown: (rows: number, hasMore: boolean) => `${number(rows)} ${hasMore ? 'shown' : 'in all'}`,
    titles: {
      count: (sku: string) => `Count ${sku}`,
      receive: (sku: string) => `Receive units of ${sku}`,
      adjust: (sku: string) => `Adjust ${sku}`,
    },
    inputs: { count: 'Units counted', receive: 'Units received', adjust: 'Change' },
    hints: {
      count: 'All units in the warehouse, those that are sold and not dispatched included.',
      receive: 'They are added to the units on hand.',
      adjust: 'Such as -3 for units that are gone, or +2 for units that were found.',
    },
    reference: 'Reference',
    referenceHint: 'Optional, such as the number of the delivery.',
    location: 'Location',
    atLocation: (location: string, onHand: string) => `${location} (${onHand} on hand)`,
    now: (onHand: string) => `On hand is ${onHand}.`,
    becomes: (before: string, after: string, delta: string) => `On hand goes from ${before} to ${after} (${delta}).`,
    belowPromised: (promised: string) =>
      `${counted(promised, 'unit is', 'units are')} held or sold: the server will refuse fewer on hand.`,
    done: (sku: string, onHand: string) => `${sku}: ${onHand} on hand now.`,
    notWhole: 'This must be a whole number.',
    tooLarge: 'This must be a whole number of at most 1,000,000,000,000.',
    notPositive: 'This takes at least 1.',
    noChange: 'This takes a change, not 0.',
    belowZero: 'There would be fewer than 0 units on hand.',
  },
  overview: {
    lead: (shop: string, engine: string) => `Shop “${shop}”, ${ENGINES[engine] ?? engine}`,
    health: 'Health',
    ready: 'Ready',
    notReady: 'Not ready',
    state: 'State',
    uptime: (age: string) => `up for ${age}`,
    durability: 'Durability',
    durabilities: {
      none: 'None',
      relaxed: 'Last second at risk',
      local: 'Every write',
      replicated: 'Every write, replicated',
    } as const,
    durabilityNotes: {
      none: 'A restart of the store loses all data.',
      relaxed: 'A crash may lose the last second of writes.',
      local: 'A call is answered after its write is on disk.',
      replicated: 'A call is answered after replicas have its write.',
    } as const,
    fill: 'Store',
    unbounded: 'No bound',
    fillNotes: {
      memory: 'of the memory is used',
      embedded: 'of its disk is used, by all programs',
      redis: 'of the memory of Redis is used',
    } as Readonly<Record<string, string>>,
    fillNone: 'The store reports no bound.',
    audit: 'Last audit',
    auditNever: 'None yet',
    auditNeverNote: 'Not since this process started.',
    auditOk: 'The books are right',
    auditViolations: (count: number) => counted(count, 'violation'),
    load: 'Headroom',
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
    heldNone: 'Not known',
    heldNoneNote: 'no shopper has looked at a SKU lately',
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
    alertTexts: {
      notReady: 'The server does not serve',
      full: (share: string) => `The store is ${share} full. Give it more room, or it refuses writes of shoppers.`,
      violations: (count: number, mayOpen: boolean) =>
        `The last audit found ${counted(count, 'violation')}. ${mayOpen ? 'Open Audit to see each with its SKU or hold.' : 'To see them needs the scope audit:read.'}`,
      auditOld: (age: string, mayOpen: boolean) =>
        `The last audit was ${age} ago. ${mayOpen ? 'Run one on the Audit screen.' : 'To run one needs the scope audit:read.'}`,
      money: (age: string, mayOpen: boolean) =>
        `An event of a paid order has waited for ${age}. ${mayOpen ? 'Look at the receiver under Webhooks.' : 'To see its endpoint needs the scope webhooks:manage.'}`,
      dead: (count: number) =>
        `${counted(count, 'event was not delivered and is', 'events were not delivered and are')} not tried again. Open Webhooks to replay.`,
      clock: (age: string) => `The clock has stepped: shop time differs by ${age}. See “holdfast clock”.`,
      hoarding: (share: string) => `${share} of the units of a SKU are held, and hardly any hold is bought. See Sale.`,
      internal: (count: number) =>
        `${counted(count, 'call')} failed with an internal error since you opened this screen. The log has the cause.`,
      out: (skus: string) => `Sold out: ${skus}.`,
      low: (skus: string) => `Almost sold out: ${skus}.`,
      lowSku: (sku: string, left: number) => (left > 0 ? `${sku} (${number(left)} left)` : sku),
      lowMore: (skus: readonly string[], hasMore: boolean) =>
        hasMore ? `${skus.join(', ')}, and more: see Stock` : skus.join(', '),
      store: (count: number) =>
        `${counted(count, 'call')} failed because the store did not answer since you opened this screen.`,
      load: (count: number) =>
        `${counted(count, 'request was', 'requests were')} refused because of the load since you opened this screen. Add a process.`,
    },
  },
  errors: {
    noAnswer: 'The server does not answer. Check the connection. This page reads the data again every few seconds.',
    noAnswerToAction:
      'The server does not answer, so it is not known whether this took effect. Check the connection, then press the button again: it takes effect only once.',
    notLoaded: 'The server did not send this part of the screen. Try again; if that does not help, reload the page.',
    refusals: REFUSALS,
  },
  import: IMPORT,
  parts: {
    ago: (age: string) => `${age} ago`,
    live: 'Live',
    stale: (age: string) => `Stale: ${age} old`,
    noAnswer: 'No answer',
    noData: 'No data yet',
    loading: 'Loading',
    retry: 'Try again',
    cancel: 'Cancel',
    working: 'Working…',
    reason: 'Reason',
    reasonHint: 'Required. It is recorded under the name of your key.',
    tooLong: (length: number, max: number) =>
      `This has ${number(length)} of at most ${number(max)} characters. Shorten it.`,
    typeWord: (word: string) => `Type ${word} to confirm`,
    notice: 'Notice',
    action: 'Action',
    dismiss: 'Dismiss',
    copy: 'Copy',
    copied: 'Copied',
    stored: 'I have stored it',
    noDeadline: 'no deadline',
    overdue: 'overdue',
    urgent: 'Urgent',
    soon: 'Soon',
    note: 'Note',
    more: 'Show more',
    moreLoading: 'Loading more…',
  },
};
