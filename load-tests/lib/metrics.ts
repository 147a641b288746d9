import { Counter, Trend } from 'k6/metrics';
import { metricOf, PATHS, type Reason, REASONS, type Yardstick, YARDSTICKS } from './words.ts';
import type { Path } from '../../src/contract/outputs.ts';

const byName = <K extends string, M>(names: readonly K[], make: (name: K) => M): Record<K, M> =>
  Object.fromEntries(names.map((name) => [name, make(name)])) as Record<K, M>;

/** How long each procedure took to answer, in milliseconds. */
export const latency: Record<Path, Trend> = byName(PATHS, (path) => new Trend(metricOf(path), true));
/** How long a call without any work took, in milliseconds. */
export const yardsticks: Record<Yardstick, Trend> = byName(YARDSTICKS, (name) => new Trend(name, true));
export const refused: Record<Reason, Counter> = byName(REASONS, (reason) => new Counter(`refused_${reason}`));

export const ordersPlaced = new Counter('orders_placed');
export const unitsSold = new Counter('units_sold');
/** Units beyond the stock, counted by the till at the very order that sold them. */
export const oversold = new Counter('oversold');
/** Orders that two checkouts were answered with, and checkouts that were answered with two orders. */
export const sharedOrders = new Counter('shared_orders');
/** Answers of 500 and more. */
export const serverFaults = new Counter('server_faults');
/** No answer at all, or one that is none of the contract. */
export const transportFaults = new Counter('transport_faults');
/** Calls that were repeated for as long as a patient shopper does, and never answered for good. */
export const gaveUp = new Counter('gave_up');
/** Refusals that the scenario does not count on. */
export const surprises = new Counter('surprises');
