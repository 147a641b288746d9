import type { Store } from '../../store/store.ts';
import type { Log } from '../../transact/log.ts';
import type { Settings } from '../../contract/settings.ts';
import type { ShopLocations } from '../location/shop-locations.ts';
import type { Read } from '../stock/units/stock-reader.ts';
import type { Transactor } from '../../transact/transactor.ts';
import type { Ids } from '../../transact/documents/ids.ts';
import type { SweepPace } from '../../transact/sweep-pace.ts';
import type { Tracing } from '../../transact/tracing.ts';
import type { DataSeal } from '../../transact/documents/data-seal.ts';
import type { WebhookSender } from './webhook-sender.ts';
import { EndpointDelivery } from './endpoint-delivery.ts';
import { RETRY_SCHEDULE, type RetrySchedule } from './round-outcome.ts';
import { WebhookRunner } from './webhook-runner.ts';
import { createWebhookService } from './webhook-service.ts';
import type { WebhookService } from './webhook-api.ts';
import type { EventClass } from '../../contract/webhook-records.ts';

export interface WebhookOptions {
  sender: WebhookSender;
  schedule?: RetrySchedule;
}

interface WebhooksParts {
  store: Pick<Store, 'shop' | 'feed'>;
  read: Read;
  locations: ShopLocations;
  transactor: Transactor;
  seal: DataSeal;
  tracing: Tracing | null;
  settings: Pick<Settings, 'lowStockUnits' | 'orderRetentionMs'>;
  pace: Pick<SweepPace, 'ms'>;
  log: Log;
  ids: Ids;
}

export interface Webhooks {
  service: WebhookService;
  runner: WebhookRunner;
  counts: () => EndpointDelivery['counts'] & { webhooksOldestUndeliveredMs: Record<EventClass, number> };
}

/** Creates the webhooks of a shop. Without `options` no endpoint can be created and nothing is sent. */
export function createWebhooks(
  { settings, log, ids, pace, ...parts }: WebhooksParts,
  options?: WebhookOptions,
): Webhooks {
  const { shop } = parts.store;
  const { lowStockUnits } = settings;
  const { sender = SENDS_NOTHING, schedule = RETRY_SCHEDULE } = options ?? {};
  const delivery = new EndpointDelivery({ ...parts, shop, lowStockUnits, sender, schedule });
  const runner = new WebhookRunner({ delivery, read: parts.read, isActive: options !== undefined, pace, log });
  const deliverNow = (): Promise<void> => runner.deliverNow();
  const service = createWebhookService({ ...parts, shop, sender, settings, ids, deliverNow });
  const counts = () => ({
    ...delivery.counts,
    webhooksOldestUndeliveredMs: { money: delivery.ages.ageMs('money'), other: delivery.ages.ageMs('other') },
  });
  return { service, runner, counts };
}

const SENDS_NOTHING: WebhookSender = {
  deliver: () => Promise.resolve({ outcome: 'aborted' }),
  problemOf: () => Promise.resolve('cannot be served: this process sends no webhooks'),
};
