import { once } from 'node:events';
import { connect } from 'node:net';
import { expect } from 'vitest';
import { allOrders, expectBalance, expectSound, stockUp } from '../support/books.ts';
import { type HttpAnswer, HttpCaller, must } from '../support/http-caller.ts';
import { expectLedger } from '../support/ledger-book.ts';
import { poll } from '../support/poll.ts';
import { openBase, type ShopBase } from '../support/shop-bases.ts';
import { type Order, insist } from '../support/shopper.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { WebhookReceiver } from '../support/webhook-receiver.ts';

export const BUYERS = 10;
const TTL_MS = 4_000;
const SETTINGS = { HOLD_TTL_MS: String(TTL_MS), WEBHOOK_ALLOW_PRIVATE: 'yes' };
const SLOW = { timeoutMs: 30_000 };

export type Answer = HttpAnswer<Order>;

/** Sends the first half of a request. `finish` sends the rest, and resolves with the status of the answer. */
export async function halfRequest(url: string): Promise<{ finish: () => Promise<number> }> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  socket.write(`GET /health/live HTTP/1.1\r\nHost: ${hostname}\r\n`);
  const finish = async () => {
    socket.write('\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    return Number(/^HTTP\/1.1 (\d+)/.exec(answer.toString())?.[1]);
  };
  return { finish };
}

/** A shop with buyers whose carts expire soon, and a receiver of its webhooks. */
export class StoppedShop implements AsyncDisposable {
  readonly base: ShopBase;
  readonly servers: ServerProcess[] = [];
  readonly callers: HttpCaller[] = [];
  readonly receiver: WebhookReceiver;
  /** The units that came in. */
  readonly stock = { tea: 10_000 };

  private constructor(base: ShopBase, receiver: WebhookReceiver) {
    this.base = base;
    this.receiver = receiver;
  }

  static async open(store: keyof typeof openBase, settings: Record<string, string> = {}): Promise<StoppedShop> {
    const shop = new StoppedShop(await openBase[store](), await WebhookReceiver.open());
    for (let n = 0; n < shop.base.servers; n += 1) {
      const server = await startServerProcess({ ...shop.base.environment, ...SETTINGS, ...settings });
      shop.servers.push(server);
      shop.callers.push(new HttpCaller(server.url));
    }
    await stockUp(shop.caller(0), shop.stock);
    const hook = { url: shop.receiver.url, events: ['order.placed' as const] };
    shop.receiver.secret = must(await shop.caller(0).asOperator().mutate('webhooks.create', hook)).secret;
    return shop;
  }

  caller(n: number): HttpCaller {
    return this.callers[n % this.callers.length]!;
  }

  /** Resolves with the number of the server that leads. */
  leader(): Promise<number> {
    return poll(async () => {
      const metrics = this.servers.map(async ({ url }) => (await fetch(`${url}/metrics`)).text());
      const found = (await Promise.all(metrics)).findIndex((text) => /^holdfast_is_leader 1$/m.test(text));
      return found >= 0 && found;
    }, SLOW);
  }

  /** Resolves when every server answers. One that goes on sheds the calls that have waited. */
  async serves(): Promise<void> {
    const level = (caller: HttpCaller) => caller.asOperator().query('stock.level', { sku: 'tea' });
    for (const caller of this.callers) await poll(async () => (await level(caller)).ok, SLOW);
  }

  /** Fills a cart for each buyer. */
  async fillCarts(name: string): Promise<void> {
    const fill = (buyer: number) =>
      this.caller(buyer).as(`${name}-${buyer}`).mutate('cart.add', { sku: 'tea', quantity: 1 });
    for (let buyer = 0; buyer < BUYERS; buyer += 1) must(await fill(buyer));
  }

  /** Each buyer pays once, at the given server or at all of them. */
  pay(name: string, at?: number): Promise<Answer>[] {
    const one = (buyer: number) =>
      this.caller(at ?? buyer)
        .as(`${name}-${buyer}`)
        .mutate('checkout.place', { idempotencyKey: 'pay' });
    return Array.from({ length: BUYERS }, (_, buyer) => one(buyer));
  }

  /** Receives a unit for each buyer. Such a call could also take effect late, after all carts have expired. */
  receive(name: string): Promise<HttpAnswer<unknown>>[] {
    return Array.from({ length: BUYERS }, (_, n) => this.receiveOne(this.caller(n), `${name}-${n}`));
  }

  /** Repeats these calls until each is answered. */
  async receiveAgain(name: string): Promise<void> {
    const one = async (n: number) => {
      const again = (caller: HttpCaller) => this.receiveOne(caller, `${name}-${n}`);
      must((await insist(async () => this.caller(n), 'a-supplier', again)).answer);
    };
    await Promise.all(Array.from({ length: BUYERS }, (_, n) => one(n)));
    this.stock.tea += BUYERS;
  }

  receiveOne(caller: HttpCaller, idempotencyKey: string): Promise<HttpAnswer<unknown>> {
    return caller.asOperator().mutate('stock.receive', { sku: 'tea', quantity: 1, idempotencyKey });
  }

  /** Each buyer repeats the payment until the answer is final. */
  async payAgain(name: string): Promise<Answer[]> {
    const one = async (buyer: number) => {
      const session = `${name}-${buyer}`;
      const place = (own: HttpCaller) => own.mutate('checkout.place', { idempotencyKey: 'pay' });
      return (await insist(async () => this.caller(buyer), session, place)).answer;
    };
    return Promise.all(Array.from({ length: BUYERS }, (_, buyer) => one(buyer)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const caller of this.callers) caller.close();
    for (const part of [...this.servers, this.receiver, this.base]) await part[Symbol.asyncDispose]();
  }
}

/** Expects that the orders are exactly these, that the books agree, and that each order was announced. */
export async function expectOnly(shop: StoppedShop, acknowledged: readonly Order[]): Promise<void> {
  const orders = await allOrders(shop.caller(0));
  expect(orders.map(({ orderId }) => orderId).sort()).toEqual(acknowledged.map(({ orderId }) => orderId).sort());
  await expectBalance(shop.caller(0), shop.stock, orders);
  await expectLedger(shop.servers[0]!.url, { orders, stock: shop.stock });
  await expectSound(shop.caller(0));
  const eventsOf = (wanted: string) =>
    new Set(shop.receiver.received.flatMap(({ id, payload }) => (payload.data['orderId'] === wanted ? [id] : [])));
  await poll(() => orders.every(({ orderId }) => eventsOf(orderId).size > 0), SLOW);
  for (const { orderId } of orders) expect(eventsOf(orderId).size).toBe(1);
  expect(shop.receiver.forged).toEqual([]);
}
