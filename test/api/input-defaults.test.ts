import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { appRouter } from '../../src/api/router.ts';
import type { Holdfast } from '../../src/shop/holdfast.ts';
import type { Call, Result } from '../../src/contract/calls/call.ts';
import { DEFAULT_SETTINGS } from '../../src/contract/settings.ts';
import { engines } from '../support/engines.ts';
import { no, OPERATOR, openShopWith, type Shop, shopper, yes } from '../support/shop.ts';

/** An idempotency key belongs to an input with its defaults. A default that is written out is the same call. */

interface Row {
  field: string;
  /** The value of an absent field. */
  preset: unknown;
  /** Another value, with which the call is another one. */
  other: unknown;
  ask: (shop: Holdfast, more: Record<string, unknown>, key: string) => Promise<Result<unknown>>;
}

const ann = shopper('ann');
const operator = (key: string): Call => ({ ...OPERATOR, idempotencyKey: key });
const reserve: Row['ask'] = ({ inventory }, more, key) =>
  inventory.reserve({ sku: 'pen', quantity: 2, reference: 'r1', ...more }, operator(key));

/** A location has to exist before a call can name it. */
const at =
  (ask: Row['ask']): Row['ask'] =>
  async (shop, more, key) => {
    yes(await shop.locations.define({ id: 'berlin' }, OPERATOR));
    return ask(shop, more, key);
  };

const DEFAULTS: Row[] = [
  {
    field: 'cart.add.mode',
    preset: 'exact',
    other: 'best_effort',
    ask: ({ carts }, more, key) => carts.add({ sku: 'pen', quantity: 2, ...more }, ann(key)),
  },
  {
    field: 'checkout.begin.paymentWindowMs',
    preset: DEFAULT_SETTINGS.paymentWindowMs,
    other: 60_000,
    ask: ({ checkout }, more, key) => checkout.begin({ ...more }, ann(key)),
  },
  {
    field: 'checkout.cancel.restoreCart',
    preset: false,
    other: true,
    ask: async ({ checkout, orders }, more, key) => {
      const { items } = yes(await orders.mine({}, ann()));
      const orderId = items[0]?.orderId ?? yes(await checkout.begin({}, ann('begin'))).orderId;
      return checkout.cancel({ orderId, ...more }, ann(key));
    },
  },
  {
    field: 'stock.define.location',
    preset: 'main',
    other: 'berlin',
    ask: at(({ stock }, more, key) => stock.define({ sku: 'pen', safetyStock: 1, ...more }, operator(key))),
  },
  {
    field: 'stock.receive.location',
    preset: 'main',
    other: 'berlin',
    ask: at(({ stock }, more, key) => stock.receive({ sku: 'pen', quantity: 1, ...more }, operator(key))),
  },
  {
    field: 'stock.adjust.location',
    preset: 'main',
    other: 'berlin',
    ask: at(({ stock }, more, key) => stock.adjust({ sku: 'pen', delta: 1, reason: 'r', ...more }, operator(key))),
  },
  {
    field: 'stock.count.location',
    preset: 'main',
    other: 'berlin',
    ask: at(({ stock }, more, key) => stock.count({ sku: 'pen', onHand: 20, ...more }, operator(key))),
  },
  {
    field: 'stock.writeOff.location',
    preset: 'main',
    other: 'berlin',
    ask: at(({ stock }, more, key) => {
      const input = { sku: 'pen', quantity: 1, reason: 'r', takeFrom: 'available' as const, ...more };
      return stock.writeOff(input, operator(key));
    }),
  },
  // The library's own.
  { field: 'inventory.reserve.mode', preset: 'exact', other: 'best_effort', ask: reserve },
  { field: 'inventory.reserve.ttlMs', preset: DEFAULT_SETTINGS.holdTtlMs, other: 1_000, ask: reserve },
  { field: 'inventory.reserve.customer', preset: 'detached:r1', other: 'detached:r2', ask: reserve },
];

/** Fields for which no value is equivalent to absence, and why. */
const WITHOUT_DEFAULT: Record<string, string> = {
  'session.create.customerId': 'each call makes another session',
  'session.revoke.sessionId': 'absent: none',
  'session.revoke.customerId': 'absent: none',
  'session.revoke.client': 'absent: none',
  'session.revoke.reason': 'absent: none',
  'sessions.block.session': 'absent: none',
  'sessions.block.client': 'absent: none',
  'sessions.block.untilMs': 'absent: counted from the call',
  'sessions.unblock.session': 'absent: none',
  'sessions.unblock.client': 'absent: none',
  'sessions.unblock.reason': 'absent: none',
  'orders.fulfil.lines': 'absent: all that are left, which the order knows',
  'orders.fulfil.trackingReference': 'absent: none',
  'orders.fulfil.reason': 'absent: none',
  'orders.purge.reason': 'absent: none',
  'orders.redact.reason': 'absent: none',
  'transfers.create.reason': 'absent: none',
  'transfers.dispatch.reason': 'absent: none',
  'reservations.create.reason': 'absent: none',
  'admin.acceptClock.reason': 'absent: none',
  'admin.recover.replay': 'absent: false',
  'admin.recover.reason': 'absent: none',
  'reservations.extend.reason': 'absent: none',
  'reservations.resize.reason': 'absent: none',
  'reservations.commit.reason': 'absent: none',
  'reservations.fulfil.reason': 'absent: none',
  'reservations.release.reason': 'absent: none',
  'reservations.transfer.reason': 'absent: none',
  'checkout.confirm.reason': 'absent: none',
  'stock.define.reason': 'absent: none',
  'locations.define.reason': 'absent: none',
  'cart.add.channel': 'absent: all',
  'cart.add.locations': 'absent: all, by their priority',
  'cart.add.sourcing': 'absent: as in the settings',
  'cart.setQuantity.channel': 'absent: all',
  'cart.setQuantity.locations': 'absent: all, by their priority',
  'cart.setQuantity.sourcing': 'absent: as in the settings',
  'checkout.place.channel': 'absent: all',
  'checkout.place.locations': 'absent: all, by their priority',
  'checkout.place.sourcing': 'absent: as in the settings',
  'orders.setLineQuantity.channel': 'absent: all',
  'orders.setLineQuantity.locations': 'absent: all, by their priority',
  'orders.setLineQuantity.sourcing': 'absent: as in the settings',
  'reservations.create.customer': 'absent: none',
  'reservations.create.channel': 'absent: none',
  'reservations.create.locations': 'absent: all that sell, which may change',
  'reservations.create.sourcing': 'absent: that of the settings, which may change',
  'reservations.fulfil.lines': 'absent: all that are left, which the reservation knows',
  'reservations.release.lines': 'absent: all that are left, which the reservation knows',
  'keys.create.expiresAt': 'absent: never',
  'keys.create.ratePerMinute': 'absent: no limit of its own',
  'admin.repairIndexes.reason': 'absent: none',
  'ledger.removeFollower.reason': 'absent: none',
  'keys.create.reason': 'absent: none',
  'keys.revoke.reason': 'absent: none',
  'shops.create.reason': 'absent: none',
  'shops.suspend.reason': 'absent: none',
  'shops.resume.reason': 'absent: none',
  'cart.add.admission': 'not part of the input: a retry may have a fresh token',
  'cart.setQuantity.admission': 'not part of the input: a retry may have a fresh token',
  'stock.define.title': 'absent: stays as it is',
  'stock.define.unitPrice': 'absent: stays as it is',
  'stock.define.safetyStock': 'absent: stays as it is',
  'stock.define.limitPerCustomer': 'absent: stays as it is',
  'stock.define.holdUnitsMax': 'absent: stays as it is',
  'stock.define.requiresCustomer': 'absent: stays as it is',
  'stock.define.protected': 'absent: stays as it is',
  'stock.define.backorderLimit': 'absent: stays as it is',
  'stock.define.shipsAt': 'absent: stays as it is',
  'stock.define.components': 'absent: stays as it is',
  'stock.receive.reason': 'absent: none',
  'stock.receive.reference': 'absent: none',
  'stock.adjust.reference': 'absent: none',
  'stock.count.expectedOnHand': 'absent: any',
  'stock.count.reason': 'absent: none',
  'locations.define.title': 'absent: stays as it is',
  'locations.define.priority': 'absent: stays as it is',
  'locations.define.active': 'absent: stays as it is',
  'locations.define.channels': 'absent: stays as it is',
  'transfers.create.reference': 'absent: none',
  'transfers.receive.reason': 'absent: none',
  'holds.releaseWhere.sku': 'absent: no condition',
  'holds.releaseWhere.session': 'absent: no condition',
  'holds.releaseWhere.client': 'absent: no condition',
  'holds.releaseWhere.olderThanMs': 'absent: no condition',
  'holds.releaseWhere.holdIds': 'absent: no condition',
  'checkout.place.contact': 'absent: none, and the order shows none',
  'checkout.place.expectedTotal': 'absent: any',
  'checkout.place.items': 'absent: the cart alone; a list has one line at least',
  'checkout.begin.contact': 'absent: none, and the order shows none',
  'checkout.begin.expectedTotal': 'absent: any',
  'checkout.begin.paymentReference': 'absent: none',
  'checkout.cancel.reason': 'absent: none',
  'orders.redact.orderId': 'absent: none',
  'orders.redact.customerId': 'absent: none',
  'webhooks.create.fields': 'absent: none',
  'webhooks.update.fields': 'absent: stays as it is',
  'webhooks.create.events': 'absent: all, also those of later versions',
  'webhooks.create.description': 'absent: none',
  'webhooks.update.url': 'absent: stays as it is',
  'webhooks.update.events': 'absent: stays as it is',
  'webhooks.update.description': 'absent: stays as it is',
  'webhooks.update.enabled': 'absent: stays as it is',
  'webhooks.replay.eventIds': 'absent: all',
  'webhooks.create.reason': 'absent: none',
  'webhooks.update.reason': 'absent: none',
  'webhooks.rotateSecret.reason': 'absent: none',
  'webhooks.delete.reason': 'absent: none',
  'webhooks.replay.reason': 'absent: none',
};

interface Definition {
  type: string;
  inputs: readonly z.ZodType[];
}

function optionalFields(): string[] {
  const procedures = Object.entries(appRouter._def.procedures as unknown as Record<string, { _def: Definition }>);
  return procedures.flatMap(([path, { _def: definition }]) => {
    if (definition.type !== 'mutation') return [];
    const [input] = definition.inputs;
    if (!input) return [];
    const { properties = {}, required = [] } = z.toJSONSchema(input, { io: 'output', unrepresentable: 'any' });
    const optional = Object.keys(properties).filter((name) => name !== 'idempotencyKey' && !required.includes(name));
    return optional.map((name) => `${path}.${name}`);
  });
}

test('the tables have each optional field of each mutation', () => {
  const known = [...DEFAULTS.map(({ field }) => field), ...Object.keys(WITHOUT_DEFAULT)];
  expect(known.filter((field) => !field.startsWith('inventory.')).sort()).toEqual(optionalFields().sort());
});

describe.each(engines)('a default that is written out, on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  const open = async (): Promise<Shop> => {
    const shop = await openShopWith(engine);
    await shop.supply('pen', { units: 20, unitPrice: { amount: 100, currency: 'EUR' } });
    yes(await shop.holdfast.carts.add({ sku: 'pen', quantity: 1 }, ann()));
    return shop;
  };

  test.each(DEFAULTS)('$field', async ({ field, preset, other, ask }) => {
    const name = field.split('.')[2] ?? '';
    for (const [first, second] of [
      [{}, { [name]: preset }],
      [{ [name]: preset }, {}],
    ] as const) {
      await using shop = await open();
      yes(await ask(shop.holdfast, first, 'k'));
      const before = await shop.units('pen');
      yes(await ask(shop.holdfast, second, 'k'));
      expect(await shop.units('pen')).toEqual(before);
      expect(no(await ask(shop.holdfast, { [name]: other }, 'k')).reason).toBe('idempotency_mismatch');
    }
  });

  test('a default may change between a call and its retry', async () => {
    await using shop = await open();
    const settings = { paymentWindowMs: 60_000 };
    const other = await shop.another(engine, { settings });
    const order = yes(await shop.holdfast.checkout.begin({}, ann('k')));
    expect(yes(await other.checkout.begin({}, ann('k')))).toEqual(order);
  });
});
