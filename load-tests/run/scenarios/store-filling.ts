import type { Definition } from '../toolkit/definition.ts';
import { at, whole } from '../toolkit/options.ts';

export const storeFilling: Definition = {
  name: 'store-filling',
  about: 'one client begins and cancels orders in a loop: the store hardly grows',
  options: {
    skus: whole(20_000, 'SKUs, which are the content of the store', 1_000_000),
    lines: whole(20, 'lines of each order', 100),
    sessions: whole(40, 'sessions of the client', 10_000),
    rate: whole(20, 'orders that it tries to begin per second', 10_000),
    seconds: whole(60, 'seconds of the attack; an hour is 3600', 7_200),
    'daily-max': whole(10, 'checkouts that a client may make within a day', 1_000_000),
    'growth-percent': whole(5, 'percent by which the store may grow', 1_000),
  },
  ownOnly: 'it measures the size of the store',
  seconds: (options) => at(options, 'seconds') + SETUP_SECONDS,
  goods: (options) =>
    Array.from({ length: at(options, 'skus') }, (_, index) => ({ name: `${index + 1}`, units: UNITS })),
  // Other defenses would stop the client earlier.
  server: (options) => ({
    TRUST_PROXY: 'loopback',
    CLIENT_KEYS: 'on',
    RATE_LIMITS: 'off',
    HOLD_SHARE_MAX_CLIENT: '0',
    ORDERS_DAILY_MAX_CLIENT: String(at(options, 'daily-max')),
  }),
  async during({ own, nextEvent, recordEvent }) {
    await nextEvent('begun', () => true);
    if (own) recordEvent('size', { bytes: await own.storeBytes() });
  },
  async after({ options, own, reported: { events }, records, note }) {
    const [before] = events.of('size');
    if (!own || !before) return ['the size of the store was not measured'];
    const bytes = await own.storeBytes();
    const growth = ((bytes - (own.redis ? 0 : FREE_BYTES)) / before.bytes - 1) * 100;
    note('store, bytes', `${before.bytes} -> ${bytes}, ${growth.toFixed(1)} %`);
    note('orders begun', records.orders.size);
    return [
      ...(growth <= at(options, 'growth-percent') ? [] : [`the store grew by ${growth.toFixed(1)} %`]),
      ...(records.orders.size > 0 ? [] : ['no order was begun']),
    ];
  },
};

/** The files of the embedded store keep the free pages of their last commits. They are used again. */
const FREE_BYTES = 1_048_576;
const UNITS = 100_000;
const SETUP_SECONDS = 15;
