import type { LedgerEntry, MovementId } from '../../domain/records.ts';
import type { Step } from '../../domain/steps.ts';
import type { Store } from '../../store/store.ts';
import type { ShopLocations } from '../location/shop-locations.ts';
import type { Read } from '../stock/units/stock-reader.ts';
import { superseded, ledgerFacts } from './ledger-facts.ts';
import { StockAlertTracker } from './stock-alert-tracker.ts';
import {
  classOf,
  type Endpoint,
  type EventClass,
  isSubscribed,
  type WebhookEvent,
  wantsStock,
} from '../../contract/webhook-records.ts';

const LEDGER_PAGE_ENTRIES = 1_000;

/** The events of a part of the ledger for one endpoint and class. */
export interface CollectedEvents {
  events: WebhookEvent[];
  /** The last entry read; null if there was none. */
  lastEntryId: MovementId | null;
  entries: number;
  /** The steps that store the stock states after these events. */
  remember: Step[];
  more: boolean;
}

export interface EventSource {
  store: Pick<Store, 'feed'>;
  read: Read;
  locations: ShopLocations;
  lowStockUnits: number;
}

/**
 * Reads the ledger after `after` until it has `room` events of the class, one page at most. An order event is left out
 * if a later event of the page supersedes it, even if the later one is of the other class or exceeds `room`.
 */
export async function collectEvents(
  { store, read, locations, lowStockUnits }: EventSource,
  endpoint: Endpoint,
  of: EventClass,
  { after, room }: { after: MovementId; room: number },
): Promise<CollectedEvents> {
  const entries = await store.feed({ after, limit: LEDGER_PAGE_ENTRIES });
  const full = entries.length === LEDGER_PAGE_ENTRIES;
  const { facts, lastEntryId } = ledgerFacts(entries, full);
  const tracksStock = of === 'other' && wantsStock(endpoint);
  const tracked = { read, locations, endpointId: endpoint.endpointId, lowUnits: lowStockUnits };
  const tracker = tracksStock ? await StockAlertTracker.open(tracked, facts) : null;
  const ofOrders = facts.flatMap((fact) => (fact.kind === 'event' ? fact.event : []));
  const overtaken = superseded(ofOrders.filter(({ type }) => isSubscribed(endpoint, type)));
  const isWanted = ({ id, type }: WebhookEvent): boolean =>
    isSubscribed(endpoint, type) && classOf(type) === of && !overtaken.has(id);
  const events: WebhookEvent[] = [];
  for (const [index, fact] of facts.entries()) {
    const event = fact.kind === 'event' ? fact.event : (tracker?.fold(fact) ?? null);
    if (event && isWanted(event)) events.push(event);
    if (events.length >= room && index < facts.length - 1) {
      return { ...collectedEvents(entries, events, tracker), lastEntryId: fact.lastEntryId, more: true };
    }
  }
  return { ...collectedEvents(entries, events, tracker), lastEntryId, more: full };
}

const collectedEvents = (
  entries: readonly LedgerEntry[],
  events: WebhookEvent[],
  tracker: StockAlertTracker | null,
) => ({
  events,
  entries: entries.length,
  remember: tracker?.steps() ?? [],
});
