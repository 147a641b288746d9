import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ApiServices } from '../../api/callers/context.ts';
import type { HoldfastStats } from '../../shop/holdfast-api.ts';
import type { CallAdmission } from '../../http/admission/admission.ts';
import type { ClockStats } from '../../store/time/shop-time.ts';
import type { HttpAnswer } from '../../http/listener/http-server.ts';
import type { PaymentRoutesOptions } from '../../http/routes/payment-routes.ts';
import { RecentRatio } from './recent-ratio.ts';
import { PairTally, SecondsTally } from './tallies.ts';

const LATENCY_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const BATCH_SIZES = [1, 2, 4, 8, 16, 32, 64, 128, 256];

export const READY = { name: 'holdfast_ready', help: '1: ready, as /health/ready says; 0: not' };

type AddMetric = (name: string, help: string, read: () => number) => void;

/**
 * The metrics of a process, described in docs/metrics.md. All label values are from closed lists (procedures, reasons,
 * statuses), because a label for each SKU or session would grow without bound.
 */
export class Metrics {
  readonly registry = new Registry();
  readonly #calls = new PairTally();
  readonly #callSeconds = this.#tally('holdfast_call_seconds', 'Time to answer a call', 'procedure');
  readonly #statuses = new Map<number, number>();
  readonly #httpSeconds = this.#tally('holdfast_http_seconds', 'Time to answer an HTTP request', null);
  readonly #batchSize = this.#histogram('holdfast_batch_transactions', 'Transactions in a batch', BATCH_SIZES);
  readonly #applySeconds = this.#histogram('holdfast_store_apply_seconds', 'Time to apply a batch', LATENCY_SECONDS);
  readonly #readSeconds = this.#histogram('holdfast_store_read_seconds', 'Time to read a snapshot', LATENCY_SECONDS);
  readonly #storeErrors = this.#counter('holdfast_store_errors_total', 'Failed store calls, by fault', ['fault']);
  readonly #payments = this.#counter('holdfast_payment_messages_total', 'Messages of payment providers, by outcome', [
    'provider',
    'outcome',
  ]);
  readonly #reclaimLag = this.#histogram(
    'holdfast_reclaim_lag_seconds',
    'How long after its deadline the earliest overdue hold was ended',
    LATENCY_SECONDS,
  );

  /** `lostSequences` returns the number of acknowledged writes that the store has lost. */
  constructor(lostSequences: () => number = () => 0) {
    this.#total('holdfast_store_lost_sequences_total', 'Acknowledged writes that the store has lost', lostSequences);
    this.#shown('holdfast_calls_total', 'Calls answered, by procedure and outcome', ['procedure', 'outcome'], () =>
      [...this.#calls].map(([procedure, outcome, count]) => [{ procedure, outcome }, count]),
    );
    this.#shown('holdfast_http_answers_total', 'HTTP answers, by status', ['status'], () =>
      [...this.#statuses].map(([status, count]) => [{ status }, count]),
    );
  }

  readonly observeCall: ApiServices['observeCall'] = ({ path, outcome, ms }) => {
    this.#calls.count(path, outcome);
    this.#callSeconds.observe(path, ms / 1_000);
  };

  readonly observeAnswer = ({ status, ms, isStream }: HttpAnswer): void => {
    this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1);
    if (!isStream) this.#httpSeconds.observe('', ms / 1_000);
  };

  readonly observePayment: PaymentRoutesOptions['observe'] = (provider, outcome) =>
    this.#payments.inc({ provider, outcome });

  /** Returns the calls that were answered, by procedure and outcome. */
  get calls(): (readonly [procedure: string, outcome: string, count: number])[] {
    return [...this.#calls];
  }

  /** Returns all metrics in Prometheus's text format. */
  readonly read = async (): Promise<{ contentType: string; body: string }> => ({
    contentType: this.registry.contentType,
    body: await this.registry.metrics(),
  });

  readonly store = {
    applied: (transactions: number, ms: number): void => {
      this.#batchSize.observe(transactions);
      this.#applySeconds.observe(ms / 1_000);
    },
    read: (ms: number): void => this.#readSeconds.observe(ms / 1_000),
    failed: (fault: string): void => this.#storeErrors.inc({ fault }),
    reclaimed: (lagMs: number): void => this.#reclaimLag.observe(lagMs / 1_000),
  };

  /** Adds the numbers that the services count themselves. They are read when the metrics are. */
  watch(stats: () => HoldfastStats, httpInFlight: () => number, admission: CallAdmission): void {
    const gauge = this.#gauge;
    const total = this.#total;
    const batcher = () => stats().batcher;
    gauge('holdfast_http_in_flight', 'HTTP requests being answered', httpInFlight);
    this.#watchAdmission(stats, admission);
    gauge(
      'holdfast_lane_shop_queue',
      'Transactions that wait in the queue of the shop',
      () => batcher().shopQueueItems,
    );
    gauge('holdfast_lane_mailboxes', 'SKUs with transactions in their mailbox', () => batcher().mailboxes);
    gauge('holdfast_lane_mailbox_items', 'Transactions that wait in mailboxes', () => batcher().mailboxItems);
    gauge(
      'holdfast_lane_oldest_wait_seconds',
      'Wait of the oldest transaction in a mailbox',
      () => batcher().oldestWaitMs / 1_000,
    );
    gauge('holdfast_lane_in_flight_batches', 'Batches on their way to the store', () => batcher().inFlightBatches);
    total('holdfast_lane_failed_batches_total', 'Batches that failed as a whole', () => batcher().failedBatches);
    total('holdfast_lane_overloaded_total', 'Transactions refused by a full queue', () => batcher().overloadedItems);
    total('holdfast_lane_overdue_total', 'Transactions that waited too long', () => batcher().overdueItems);
    total('holdfast_conflicts_retried_total', 'Calls composed again after a conflict', () => stats().conflictsRetried);
    total('holdfast_replays_total', 'Calls answered from an earlier effect', () => stats().replays);
    total('holdfast_holds_expired_total', 'Overdue holds ended by this process', () => stats().holdsReclaimed);
    this.#watchHolds(stats);
    total('holdfast_carts_expired_total', 'Carts emptied at their deadline', () => stats().cartsExpired);
    total('holdfast_lines_expired_total', 'Cart lines deleted after their hold expired', () => stats().linesExpired);
    gauge('holdfast_watch_subscribers', 'Subscriptions of stock.watch', () => stats().watchSubscribers);
    total(
      'holdfast_watch_updates_total',
      'Updates sent to subscriptions of stock.watch',
      () => stats().watchUpdatesSent,
    );
    total('holdfast_orders_expired_total', 'Orders that were not paid in time', () => stats().ordersExpired);
    total('holdfast_orders_forgotten_total', 'Orders past their retention', () => stats().ordersForgotten);
    total('holdfast_expiry_failures_total', 'Records that the expiry could not process', () => stats().expiryFailures);
    this.#watchRetention(stats);
    this.#watchWebhooks(stats);
  }

  /** Adds the metrics of a process with several shops. */
  watchShops(stats: () => { open: number; opened: number; closed: number; limited: number }): void {
    this.#gauge('holdfast_shops_open', 'Shops that this process has open', () => stats().open);
    this.#total('holdfast_shops_opened_total', 'Shops opened', () => stats().opened);
    this.#total('holdfast_shops_closed_total', 'Shops closed because nobody used them', () => stats().closed);
    this.#total('holdfast_shops_limited_total', 'Requests above SHOP_CALLS_MAX', () => stats().limited);
  }

  watchReadiness(isReady: () => boolean): void {
    this.#gauge(READY.name, READY.help, () => Number(isReady()));
  }

  /** Adds the difference between shop time and the store's wall clock. */
  watchClock(stats: () => Readonly<ClockStats>): void {
    const offset = (): number => stats().offsetMs / 1_000;
    this.#gauge('holdfast_clock_offset_seconds', 'Shop time less the wall clock of the store', offset);
    this.#shown('holdfast_clock_steps_total', 'Steps of the wall clock absorbed', [], () => [[{}, stats().steps]]);
  }

  /** Adds the requests that were refused because of a rate limit, by the class of the limit. */
  watchLimits(refused: () => Readonly<Record<string, number>>): void {
    this.#shown('holdfast_rate_limited_total', 'Requests refused by a rate limit, by class', ['class'], () =>
      Object.entries(refused()).map(([limited, count]) => [{ class: limited }, count]),
    );
  }

  watchDrops(dropped: () => number): void {
    this.#total('holdfast_connections_dropped_total', 'Connections closed because there were too many', dropped);
  }

  watchLead(isLeading: () => boolean): void {
    const help = '1: this process leads the shop; 0: another one does, or none';
    this.#gauge('holdfast_is_leader', help, () => Number(isLeading()));
  }

  watchFill(ratio: () => number): void {
    this.#gauge('holdfast_store_fill_ratio', 'How full the store is, 0 to 1; 0 where it has no bound', ratio);
  }

  readonly #gauge: AddMetric = (name, help, read) => {
    const made: Gauge = new Gauge({ name, help, registers: [this.registry], collect: () => made.set(read()) });
  };

  readonly #total: AddMetric = (name, help, read) => {
    const made: Counter = this.#counter(name, help, [], () => {
      made.reset();
      made.inc(read());
    });
  };

  #watchAdmission(stats: () => HoldfastStats, admission: CallAdmission): void {
    this.#shown('holdfast_shed_total', 'Requests answered overloaded before they began, by class', ['class'], () =>
      Object.entries(admission.counts.shed).map(([shed, count]) => [{ class: shed }, count]),
    );
    const abandoned = () => admission.counts.abandoned + stats().batcher.abandonedItems;
    this.#total(
      'holdfast_abandoned_total',
      'Calls that were not begun, because their client had disconnected',
      abandoned,
    );
    this.#gauge('holdfast_admission_waiting', 'Requests that wait to begin', () => admission.waiting);
    this.#gauge(
      'holdfast_admission_rate',
      'Calls finished per second under load, as measured',
      () => admission.perSecond,
    );
  }

  #watchRetention(stats: () => HoldfastStats): void {
    this.#gauge(
      'holdfast_ledger_follower_silent_seconds',
      'Time since the last read of the ledger follower that has not read for the longest time',
      () => stats().ledgerFollowerSilentMs / 1_000,
    );
    const total = this.#total;
    total(
      'holdfast_reservations_expired_total',
      'Reservations that were not committed in time',
      () => stats().reservationsExpired,
    );
    total(
      'holdfast_reservations_forgotten_total',
      'Reservations past their retention',
      () => stats().reservationsForgotten,
    );
  }

  #watchHolds(stats: () => HoldfastStats): void {
    this.#shown('holdfast_holds_ended_total', 'Holds ended by this process, by the way they ended', ['end'], () => {
      const { holdsSold, holdsReleased, holdsReclaimed } = stats();
      return [
        [{ end: 'sold' }, holdsSold],
        [{ end: 'released' }, holdsReleased],
        [{ end: 'expired' }, holdsReclaimed],
      ];
    });
    const recent = new RecentRatio();
    this.#gauge('holdfast_holds_abandoned_ratio', 'Share of the holds ended in five minutes that were not sold', () => {
      const { holdsSold, holdsReleased, holdsReclaimed } = stats();
      const abandoned = holdsReleased + holdsReclaimed;
      return recent.of(abandoned, holdsSold + abandoned);
    });
    const share = 'Highest share of the units of a SKU in live holds, of SKUs read in the last two minutes';
    this.#gauge('holdfast_held_share', share, () => stats().heldShareMax);
  }

  #watchWebhooks(stats: () => HoldfastStats): void {
    const total = this.#total;
    total('holdfast_webhooks_delivered_total', 'Webhooks that were delivered', () => stats().webhooksDelivered);
    total('holdfast_webhooks_failed_total', 'Attempts to deliver webhooks that failed', () => stats().webhooksFailed);
    total('holdfast_webhooks_dead_total', 'Webhooks that became dead letters', () => stats().webhooksDead);
    total(
      'holdfast_webhook_endpoints_disabled_total',
      'Endpoints disabled because they are gone or fail permanently',
      () => stats().webhookEndpointsDisabled,
    );
    const oldest: Gauge<'class'> = new Gauge({
      name: 'holdfast_webhooks_oldest_undelivered_seconds',
      help: 'Age of the oldest event that is not delivered, by class',
      labelNames: ['class'],
      registers: [this.registry],
      collect: () => {
        const { money, other } = stats().webhooksOldestUndeliveredMs;
        oldest.set({ class: 'money' }, money / 1_000);
        oldest.set({ class: 'other' }, other / 1_000);
      },
    });
  }

  /** Adds a counter with labels whose values are counted elsewhere. */
  #shown<L extends string>(
    name: string,
    help: string,
    labels: L[],
    rows: () => [Record<L, string | number>, number][],
  ) {
    const made: Counter<L> = this.#counter(name, help, labels, () => {
      made.reset();
      for (const [row, count] of rows()) made.inc(row, count);
    });
  }

  #tally(name: string, help: string, label: string | null): SecondsTally {
    return new SecondsTally({ registry: this.registry, name, help, buckets: LATENCY_SECONDS, label });
  }

  #counter<L extends string>(name: string, help: string, labelNames: L[], collect?: () => void): Counter<L> {
    return new Counter({ name, help, labelNames, registers: [this.registry], ...(collect && { collect }) });
  }

  #histogram<L extends string>(name: string, help: string, buckets: number[], labelNames: L[] = []): Histogram<L> {
    return new Histogram({ name, help, buckets, labelNames, registers: [this.registry] });
  }
}
