import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { EventKind, Good, Receipt, OracleAnswer } from '../../lib/words.ts';
import { CheckoutMatches } from './checkout-matches.ts';
import { EventLog } from './event-log.ts';

/** Everything that k6 reported: acknowledged orders and their lines, and events. */
export interface Reported {
  readonly orders: ReadonlyMap<string, Receipt['lines']>;
  readonly soldBySku: ReadonlyMap<string, number>;
  /** Units beyond the stock. */
  readonly oversold: number;
  /** Orders that were acknowledged again with other lines. */
  readonly changed: number;
  /** Orders that several checkouts received, so that too many shoppers believe that they have bought. */
  readonly shared: ReadonlySet<string>;
  /** Checkouts that received several orders. */
  readonly doubled: ReadonlySet<string>;
  readonly events: EventLog;
}

export interface OrderOracle extends AsyncDisposable {
  readonly url: string;
  readonly reported: Reported;
}

/** About a gigabyte. Further orders are refused, which ends the run. */
const ORDERS_MAX = 2_000_000;

/**
 * Starts the order oracle, which counts units while they are sold. The virtual users of k6 share no state and cannot.
 */
export async function openOrderOracle(goods: readonly Good[]): Promise<OrderOracle> {
  const stock = new Map(goods.map(({ sku, units }) => [sku, units]));
  const orders = new Map<string, Receipt['lines']>();
  const soldBySku = new Map<string, number>();
  const events = new EventLog();
  const matches = new CheckoutMatches();
  let [oversold, changed] = [0, 0];

  const sell = ({ sku, quantity }: Receipt['lines'][number]): number => {
    const before = soldBySku.get(sku) ?? 0;
    soldBySku.set(sku, before + quantity);
    const left = Math.max(0, (stock.get(sku) ?? 0) - before);
    return Math.max(0, quantity - left);
  };
  const take = ({ orderId, checkout, isSold, lines }: Receipt): OracleAnswer => {
    const isShared = !matches.note(orderId, checkout);
    if (!isSold) return { isNew: false, oversold: 0, isShared };
    const known = orders.get(orderId);
    if (known) {
      if (JSON.stringify(known) !== JSON.stringify(lines)) changed += 1;
      return { isNew: false, oversold: 0, isShared };
    }
    if (orders.size >= ORDERS_MAX) throw new Error('the order oracle is full');
    orders.set(orderId, lines);
    const beyond = lines.reduce((sum, line) => sum + sell(line), 0);
    oversold += beyond;
    return { isNew: true, oversold: beyond, isShared };
  };

  const server = createServer((request, response) => {
    if (request.url === NOOP_PATH) return void response.end();
    const kind = EVENT_PATH.exec(request.url ?? '')?.[1] as EventKind | undefined;
    bodyOf(request)
      .then((body) => (kind ? events.record(kind, body as never) : take(body as Receipt)))
      .then((answer) => response.end(JSON.stringify(answer ?? null)))
      .catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    reported: {
      orders,
      soldBySku,
      events,
      shared: matches.shared,
      doubled: matches.doubled,
      get oversold() {
        return oversold;
      },
      get changed() {
        return changed;
      },
    },
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Answered at once, to measure the time of a request on this machine. */
const NOOP_PATH = '/noop';
const EVENT_PATH = /^\/events\/(\w+)$/;
const bodyOf = async (request: IncomingMessage): Promise<unknown> => JSON.parse(await text(request)) as unknown;
