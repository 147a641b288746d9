import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allMovements, expectSound, stockUp } from '../support/books.ts';
import { type HttpAnswer, type HttpCaller, must } from '../support/http-caller.ts';
import { poll } from '../support/poll.ts';
import { type RunningShop, shopKinds } from '../support/running-shop.ts';

const WINDOW_MS = 700;

const reasons = (answers: readonly HttpAnswer<unknown>[]): string[] =>
  answers.map((answer) => (answer.ok ? 'ok' : answer.reason)).sort();

const times = <T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => work(index)));

/** Bugs of docs/known-bugs.md about orders, payments and merges, over HTTP and from several processes. */
describe.each(shopKinds)('bugs of orders in other systems, over HTTP on $name', ({ open }) => {
  let shop: RunningShop;
  beforeAll(async () => {
    shop = await open({ HOLD_TTL_MS: String(WINDOW_MS), HOLD_LIFETIME_MAX_MS: String(WINDOW_MS) });
  });
  afterAll(() => shop[Symbol.asyncDispose]());

  /** The servers in turn. */
  const via = (index: number): HttpCaller => shop.callers[index % shop.callers.length]!;
  const operator = (index = 0) => via(index).asOperator();
  /** `[on hand and not sold, reserved, available]`. */
  const units = async (sku: string): Promise<[number, number, number]> => {
    const { onHand, reserved, committed, available } = must(await operator().query('stock.level', { sku }));
    return [onHand - committed, reserved, available];
  };
  const begin = async (session: string, sku: string, quantity: number): Promise<string> => {
    const own = shop.caller.as(session);
    must(await own.mutate('cart.add', { sku, quantity }));
    return must(await own.mutate('checkout.begin', { idempotencyKey: `begin ${sku}` })).orderId;
  };
  const status = async (orderId: string, index = 0) =>
    must(await operator(index).query('orders.get', { orderId })).status;
  const confirm = (orderId: string, paymentReference: string, index = 0) =>
    operator(index).mutate('checkout.confirm', { orderId, paymentReference });
  const expired = (orderId: string) => poll(async () => (await status(orderId)) === 'expired');

  test('bug 5: a refund does not change stock, refuses a later cancel, and does not delay the expiry of other carts', async () => {
    await stockUp(shop.caller, { kettle: 4 });
    const orderId = await begin('bug-5-buyer', 'kettle', 2);
    must(await confirm(orderId, 'pi_5'));
    const bystander = shop.caller.as('bug-5-bystander');
    must(await bystander.mutate('cart.add', { sku: 'kettle', quantity: 1 }));
    const back = { orderId, lines: [{ sku: 'kettle', quantity: 2 }], restock: false, reason: 'broken, refunded' };
    must(await operator().mutate('orders.fulfil', { orderId }));
    must(await operator().mutate('orders.return', { ...back, idempotencyKey: 'refund 5' }));
    const answers = [
      await operator(1).mutate('checkout.cancel', { orderId }),
      await shop.caller.as('bug-5-buyer').mutate('checkout.cancel', { orderId, restoreCart: true }),
      await operator().mutate('orders.return', { ...back, restock: true, idempotencyKey: 'again' }),
    ];
    expect(answers.map((answer) => (answer.ok ? 'ok' : answer.reason))).toEqual([
      'order_state',
      'order_state',
      'return_exceeds_sold',
    ]);
    await poll(async () => must(await bystander.query('cart.get', {})).expired.length === 1);
    expect(await units('kettle')).toEqual([2, 0, 2]);
  });

  test('bug 6: repeated payments of a cancelled order sell nothing and take no units from others', async () => {
    await stockUp(shop.caller, { lamp: 3 });
    const orderId = await begin('bug-6-buyer', 'lamp', 3);
    must(await shop.caller.as('bug-6-buyer').mutate('checkout.cancel', { orderId }));
    const other = await begin('bug-6-other', 'lamp', 3);
    const late = await times(12, (index) => confirm(orderId, `pi_6_${index % 3}`, index));
    expect(new Set(reasons(late))).toEqual(new Set(['order_state']));
    must(await confirm(other, 'pi_6'));
    expect(await units('lamp')).toEqual([0, 0, 0]);
    expect((await allMovements(shop.caller, 'lamp')).filter((kind) => kind === 'committed')).toHaveLength(1);
  });

  test('bug 6: of a cancel and a payment at the same instant, one happens', async () => {
    for (let round = 0; round < 5; round += 1) {
      const sku = `torch-${round}`;
      await stockUp(shop.caller, { [sku]: 3 });
      const orderId = await begin(`bug-6-round-${round}`, sku, 3);
      const answers = await times(8, (index): Promise<HttpAnswer<unknown>> => {
        const isCancel = (index + round) % 2 === 0;
        return isCancel ? operator(index).mutate('checkout.cancel', { orderId }) : confirm(orderId, 'pi_6', index);
      });
      expect(reasons(answers)).toEqual([...Array(4).fill('ok'), ...Array(4).fill('order_state')]);
      expect(await units(sku)).toEqual((await status(orderId, 1)) === 'placed' ? [0, 0, 0] : [3, 0, 3]);
    }
  });

  test('bug 8: paid late after its units are gone: stays refund_due, and repeated messages sell nothing', async () => {
    await stockUp(shop.caller, { tent: 2 });
    const orderId = await begin('bug-8-late', 'tent', 2);
    await expired(orderId);
    const other = shop.caller.as('bug-8-other');
    must(await other.mutate('cart.add', { sku: 'tent', quantity: 1 }));
    must(await other.mutate('checkout.place', { idempotencyKey: 'pay' }));
    const late = await times(10, (index) => confirm(orderId, 'pi_8', index));
    expect(new Set(reasons(late))).toEqual(new Set(['payment_too_late']));
    must(await operator().mutate('stock.receive', { sku: 'tent', quantity: 5, idempotencyKey: 'more tents' }));
    const again = await times(10, (index) => confirm(orderId, index % 2 ? 'pi_8' : 'pi_8_other', index));
    expect(new Set(reasons(again))).toEqual(new Set(['payment_too_late', 'order_state']));
    expect(await status(orderId, 1)).toBe('refund_due');
    expect(await units('tent')).toEqual([6, 0, 6]);
  });

  test('bug 8: paid late while its units remain: sold once, however often and by whomever it is reported', async () => {
    await stockUp(shop.caller, { rope: 5 });
    const orderId = await begin('bug-8-sold', 'rope', 3);
    await expired(orderId);
    const late = await times(20, (index) => confirm(orderId, 'pi_8_sold', index));
    expect(new Set(reasons(late))).toEqual(new Set(['ok']));
    expect(await units('rope')).toEqual([2, 0, 2]);
    expect((await allMovements(shop.caller, 'rope')).filter((kind) => kind === 'committed')).toHaveLength(1);
  });

  test('bug 13: merging carts while others want the last units loses no unit and no line', async () => {
    await stockUp(shop.caller, { atlas: 5, globe: 3 });
    const [guest, member] = [shop.caller.as('bug-13-guest'), via(1).as('bug-13-member')];
    must(await guest.mutate('cart.add', { sku: 'atlas', quantity: 2 }));
    must(await guest.mutate('cart.add', { sku: 'globe', quantity: 3 }));
    must(await member.mutate('cart.add', { sku: 'atlas', quantity: 3 }));
    const merging = { fromSessionId: 'bug-13-guest', idempotencyKey: 'log in' };
    const [merges, wanting] = await Promise.all([
      times(4, (index) => via(index).as('bug-13-member').mutate('cart.merge', merging)),
      times(24, (index) =>
        via(index)
          .as(`bug-13-other-${index}`)
          .mutate('cart.add', { sku: index % 2 ? 'atlas' : 'globe', quantity: 1 }),
      ),
    ]);
    expect(merges.map((answer) => must(answer).changes)).toEqual([[], [], [], []]);
    expect(new Set(reasons(wanting))).toEqual(new Set(['insufficient_stock']));
    const { lines } = must(await via(1).as('bug-13-member').mutate('checkout.place', { idempotencyKey: 'pay' }));
    expect(lines.map(({ sku, quantity }) => [sku, quantity])).toEqual([
      ['atlas', 5],
      ['globe', 3],
    ]);
    expect([await units('atlas'), await units('globe')]).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
  });

  test('all books are correct after these tests', () => expectSound(shop.caller));
});
