import { Counter, Trend } from 'k6/metrics';
import { metricOf, PATHS, REASONS, type Yardstick, YARDSTICKS } from './words.ts';
import type { Path } from '../../src/contract/outputs/outputs.ts';
import type { Reason } from '../../src/contract/calls/wire-refusals.ts';

const byName = <K extends string, M>(names: readonly K[], make: (name: K) => M): Record<K, M> =>
  Object.fromEntries(names.map((name) => [name, make(name)])) as Record<K, M>;

/** The latency of each procedure in milliseconds. */
export const latency: Record<Path, Trend> = byName(PATHS, (path) => new Trend(metricOf(path), true));
/** The latency of a call without work in milliseconds. */
export const yardsticks: Record<Yardstick, Trend> = byName(YARDSTICKS, (name) => new Trend(name, true));
export const refused: Record<Reason, Counter> = byName(REASONS, (reason) => new Counter(`refused_${reason}`));

export const ordersPlaced = new Counter('orders_placed');
export const unitsSold = new Counter('units_sold');
/** Units beyond the stock, counted by the order oracle as soon as an order reports them. */
export const oversold = new Counter('oversold');
/** Orders that two checkouts received, and checkouts that received two orders. */
export const sharedOrders = new Counter('shared_orders');
/** Answers with status 500 and above. */
export const serverFaults = new Counter('server_faults');
/** Calls without an answer, or with one that the contract does not allow. */
export const transportFaults = new Counter('transport_faults');
/** Calls that a patient shopper gave up without a final answer. */
export const gaveUp = new Counter('gave_up');
/** Refusals that the scenario does not expect. */
export const surprises = new Counter('surprises');
